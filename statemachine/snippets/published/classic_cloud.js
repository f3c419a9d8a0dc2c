// The vendor's published integration for classic cloud-mode, put together from its page, with what goes
// wrong where. It is here to be compared with: do not use it.
module.exports = async function startSessionReplay({ analytics, shell, sessionReplayPlugin, segmentPlugin }) {
  const deviceId = (await analytics.user()).anonymousId(); // not validated (SR101 to SR103)

  shell.add(sessionReplayPlugin()); // follows the shell's session back as well (row 14)
  shell.add(segmentPlugin());
  await shell.init("AMPLITUDE_API_KEY", {
    deviceId,
    instanceName: "session-replay",
    sessionTimeout: Number.MAX_SAFE_INTEGER,
    defaultTracking: false,
  }).promise;
  await shell.remove("amplitude").promise; // left out, or before init, every event reaches Amplitude twice (row 12)
};
