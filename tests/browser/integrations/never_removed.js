// Row 12: remove("amplitude") is never called.
module.exports = async ({ analytics, shell, sessionReplayPlugin, segmentPlugin }) => {
  shell.add(sessionReplayPlugin());
  shell.add(segmentPlugin());
  const deviceId = (await analytics.user()).anonymousId();
  await shell.init("key", { deviceId, instanceName: "session-replay", sessionTimeout: Number.MAX_SAFE_INTEGER, defaultTracking: false }).promise;
};
