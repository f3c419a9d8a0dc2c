// Session Replay with Segment's classic Amplitude destination in device-mode: an integration that keeps the law.
//
// Call it once, with what your page has: analytics (Segment), amplitude (amplitude-js, loaded by Segment)
// and sessionReplay (@amplitude/session-replay-browser).
module.exports = function startSessionReplay({ analytics, sessionReplay, amplitude }) {
  const ACCEPTED = /^[A-Za-z0-9_\-.|@:=]+$/; // "/" would give the replay ID a second reading (SR102)

  // 0 for none, null for what is no session ID; numbers, never text ("999" > "1000").
  function sessionNumber(raw) {
    if (raw === undefined || raw === null) return 0;
    if (typeof raw === "string" && !/^-?[0-9]{1,16}$/.test(raw)) return null;
    if (typeof raw !== "string" && typeof raw !== "number") return null;
    const number = Number(raw);
    return Number.isSafeInteger(number) && number >= -1 ? number : null;
  }

  const instance = () => amplitude.getInstance();
  let started = false;

  // amplitude-js has its session only once it is initialised.
  instance().onInit(() => {
    const deviceId = instance().options.deviceId;
    const session = sessionNumber(instance().getSessionId());
    if (typeof deviceId !== "string" || !ACCEPTED.test(deviceId) || session === null) return;
    sessionReplay.init("AMPLITUDE_API_KEY", { deviceId, sessionId: Math.max(session, 0) });
    started = true;
  });

  // The replay never follows a session back: amplitude-js may be reset, the recorder must not be.
  analytics.addSourceMiddleware(({ payload, next }) => {
    const session = started ? sessionNumber(instance().getSessionId()) : null;
    if (session !== null && session > (Number(sessionReplay.getSessionId()) || 0)) sessionReplay.setSessionId(session);
    next(payload); // always, once
  });

  // What a middleware cannot mend: amplitude-js opens a session only when it logs the event, after this
  // ran, so the event that opens a session is one event late (reality.md, row 11).
};
