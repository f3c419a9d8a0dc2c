// Session Replay with Segment's classic Amplitude destination in cloud-mode: an integration that keeps the law.
//
// Call it once, with what your page imports: analytics (Segment), sessionReplay
// (@amplitude/session-replay-browser), shell (createInstance() of @amplitude/analytics-browser),
// sessionReplayPlugin (@amplitude/plugin-session-replay-browser), and segmentPlugin, which forwards a
// shell's event to analytics.track with integrations.Amplitude.session_id. Then track through the shell.
module.exports = async function startSessionReplay({ analytics, sessionReplay, shell, sessionReplayPlugin, segmentPlugin }) {
  const ACCEPTED = /^[A-Za-z0-9_\-.|@:=]+$/; // "/" would give the replay ID a second reading (SR102)

  // 0 for none, null for what is no session ID; numbers, never text ("999" > "1000").
  function sessionNumber(raw) {
    if (raw === undefined || raw === null) return 0;
    if (typeof raw === "string" && !/^-?[0-9]{1,16}$/.test(raw)) return null;
    if (typeof raw !== "string" && typeof raw !== "number") return null;
    const number = Number(raw);
    return Number.isSafeInteger(number) && number >= -1 ? number : null;
  }

  const deviceId = (await analytics.user()).anonymousId(); // or Amplitude sees two devices (SR124)
  if (typeof deviceId !== "string" || !ACCEPTED.test(deviceId) || sessionNumber(shell.getSessionId()) === null) return;

  // The vendor's plugin starts the recorder, and then follows the shell's session wherever it goes, back as
  // well (measured: row 14 of specs/reality.md). Its first session comes by itself; after that it follows events, by the guard,
  // and tags every one, also one whose own session is another than the shell's.
  const follow = (raw) => {
    const next = sessionNumber(raw);
    if (next !== null && next > (Number(sessionReplay.getSessionId()) || 0)) sessionReplay.setSessionId(next);
  };
  const replay = sessionReplayPlugin();
  replay.onSessionIdChanged = async (session) => {
    if (!sessionReplay.getSessionId()) follow(session);
  };
  replay.execute = async (event) => {
    follow(event.session_id);
    return { ...event, event_properties: { ...event.event_properties, ...sessionReplay.getSessionReplayProperties() } };
  };

  shell.add(replay); // the documented order (SR311)
  shell.add(segmentPlugin());
  await shell.init("AMPLITUDE_API_KEY", {
    deviceId,
    instanceName: "session-replay",
    sessionTimeout: Number.MAX_SAFE_INTEGER,
    defaultTracking: false,
  }).promise;
  await shell.remove("amplitude").promise; // after init: before it there is nothing to remove, and every event goes out twice (row 12)

  // What this cannot mend: an event tracked with analytics.track, past the shell, has no session ID and no
  // replay ID (row 13); after analytics.reset() the replay keeps its device (row 15).
};
