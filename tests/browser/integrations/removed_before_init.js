// Row 12: remove("amplitude") comes before init, when there is nothing to remove.
module.exports = async ({ analytics, shell, sessionReplayPlugin, segmentPlugin }) => {
  shell.add(sessionReplayPlugin());
  shell.add(segmentPlugin());
  shell.remove("amplitude");
  const deviceId = (await analytics.user()).anonymousId();
  await shell.init("key", { deviceId, instanceName: "session-replay", sessionTimeout: Number.MAX_SAFE_INTEGER, defaultTracking: false }).promise;
};
