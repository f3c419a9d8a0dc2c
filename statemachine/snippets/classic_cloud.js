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
  const session = sessionNumber(shell.getSessionId());
  if (typeof deviceId !== "string" || !ACCEPTED.test(deviceId) || session === null) return;

  // The plugin follows the shell's session wherever it goes, back as well (reality.md, row 14): show it
  // only sessions that are newer, and the current one otherwise.
  const replay = sessionReplayPlugin();
  const execute = replay.execute.bind(replay);
  replay.execute = async (event) => {
    const current = sessionReplay.getSessionId();
    const next = sessionNumber(event.session_id);
    const moves = next !== null && next > (Number(current) || 0);
    const enriched = await execute({ ...event, session_id: moves ? next : current });
    return { ...enriched, session_id: event.session_id };
  };

  shell.add(replay); // the documented order (SR311)
  shell.add(segmentPlugin());
  await sessionReplay.init("AMPLITUDE_API_KEY", { deviceId, sessionId: Math.max(session, 0) }).promise;
  await shell.init("AMPLITUDE_API_KEY", {
    deviceId,
    instanceName: "session-replay",
    sessionTimeout: Number.MAX_SAFE_INTEGER,
    defaultTracking: false,
  });
  shell.remove("amplitude"); // after init: before it there is nothing to remove, and every event goes out twice (row 12)

  // What this cannot mend: an event tracked with analytics.track, past the shell, has no session ID and no
  // replay ID (row 13); after analytics.reset() the replay keeps its device (row 15).
};
