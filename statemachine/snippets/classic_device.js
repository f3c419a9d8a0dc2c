// Session Replay with Segment's classic Amplitude destination in device-mode: an integration that keeps the law.
//
// Call it once, with what your page has: analytics (Segment), amplitude (amplitude-js, loaded by Segment)
// and sessionReplay (@amplitude/session-replay-browser).
module.exports = async function startSessionReplay({ analytics, sessionReplay, amplitude }) {
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

  // Against the replay SDK's own session: it never follows one back. amplitude-js may be reset, the recorder
  // must not be.
  const follow = (context) => {
    const next = started ? sessionNumber(instance().getSessionId()) : null;
    if (next !== null && next > (Number(sessionReplay.getSessionId()) || 0)) sessionReplay.setSessionId(next);
    return context; // always: the event goes on
  };

  // Twice: before the event goes out, and after it did. amplitude-js opens a session only when it logs an
  // event, so what looks before only is one event late, at every new session (measured: row 11 of specs/reality.md).
  const plugin = (type) => ({
    name: `session-replay-${type}`, type, version: "1.0.0", isLoaded: () => true, load: async () => {},
    track: follow, page: follow, screen: follow, identify: follow, group: follow, alias: follow,
  });
  await analytics.register(plugin("before"), plugin("after"));

  // What this cannot mend: between an event that opens a session and the look after it, the old replay is
  // still recorded; a script that comes before amplitude-js has loaded throws; after analytics.reset() the
  // replay keeps its device until the page is loaded again (row 15).
};
