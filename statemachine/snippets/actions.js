// Session Replay with Segment's Amplitude (Actions) destination: an integration that keeps the law.
//
// Call it once, with what your page imports: analytics (AnalyticsBrowser.load(…)), sessionReplay
// (@amplitude/session-replay-browser) and cookie (js-cookie).
module.exports = async function startSessionReplay({ analytics, sessionReplay, cookie }) {
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
  const follow = (context) => {
    const next = sessionNumber(context.event.integrations?.["Actions Amplitude"]?.session_id);
    if (next !== null && next > (Number(sessionReplay.getSessionId()) || 0)) sessionReplay.setSessionId(next);
    return context; // always, whatever was wrong with the session ID: the event goes on
  };

  // After the guard, so that the first event of a session has its own replay ID (row 9).
  const followAndTag = (context) => {
    follow(context);
    context.updateEvent("properties", { ...context.event.properties, ...sessionReplay.getSessionReplayProperties() });
    return context;
  };

  // An enrichment, registered behind Segment's session plugin: the session ID is in the event by then, however
  // long that took. In source middleware it is not (row 2), and a timer may be too early (row 4).
  await analytics.register({
    name: "session-replay", type: "enrichment", version: "1.0.0", isLoaded: () => true, load: async () => {},
    track: followAndTag, page: followAndTag, screen: followAndTag, identify: follow, group: follow, alias: follow,
  });

  // What this cannot mend: events that are sent before it ran, as when this script comes late, have no replay ID;
  // after analytics.reset() the replay keeps its device until the page is loaded again (row 15).
};
