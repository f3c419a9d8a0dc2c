// Session Replay with Segment's Amplitude (Actions) destination: an integration that keeps the law.
//
// Call it once, with what your page imports: analytics (AnalyticsBrowser.load(…)), sessionReplay
// (@amplitude/session-replay-browser) and cookie (js-cookie).
module.exports = async function startSessionReplay({ analytics, sessionReplay, cookie, setTimeout }) {
  const ACCEPTED = /^[A-Za-z0-9_\-.|@:=]+$/; // "/" would give the replay ID a second reading (SR102)

  // 0 for none, null for what is no session ID. A cookie gives text: compare numbers, never text
  // ("999" > "1000"), and accept whole milliseconds only (reality.md, rows 7, 8 and 10).
  function sessionNumber(raw) {
    if (raw === undefined || raw === null) return 0;
    if (typeof raw === "string" && !/^-?[0-9]{1,16}$/.test(raw)) return null;
    if (typeof raw !== "string" && typeof raw !== "number") return null;
    const number = Number(raw);
    return Number.isSafeInteger(number) && number >= -1 ? number : null;
  }

  const deviceId = (await analytics.user()).anonymousId();
  const stored = sessionNumber(cookie.get("analytics_session_id"));
  if (typeof deviceId !== "string" || !ACCEPTED.test(deviceId) || stored === null) return;
  await sessionReplay.init("AMPLITUDE_API_KEY", { deviceId, sessionId: Math.max(stored, 0) }).promise;

  // Against the replay SDK's own session, read now: not one captured at load (row 1) or when the event
  // was seen (row 3), and not the cookie, which Segment's plugin has already written (rows 5 and 6).
  function guard(raw) {
    const next = sessionNumber(raw);
    if (next !== null && next > (Number(sessionReplay.getSessionId()) || 0)) sessionReplay.setSessionId(next);
  }

  // Segment puts the session ID into the event after source middleware (row 2), and not always within
  // one timer (row 4): look again until it is there.
  const WAITS = [0, 10, 50, 100, 250, 500]; // milliseconds
  function settle(payload, attempt) {
    const field = payload.obj.integrations?.["Actions Amplitude"];
    if (field && "session_id" in field) guard(field.session_id);
    else if (attempt < WAITS.length) setTimeout(() => settle(payload, attempt + 1), WAITS[attempt]);
  }

  analytics.addSourceMiddleware(({ payload, next }) => {
    settle(payload, 0);
    next(payload); // always, once, whatever was wrong with the session ID
  });

  // What a middleware cannot mend: the first event of a session leaves Segment before or while the replay
  // takes the session up, so tag events when they are sent, not here (row 9); after analytics.reset() the
  // replay keeps its device until the page is loaded again (row 15).
};
