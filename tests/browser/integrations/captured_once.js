// Row 1: the stored session ID is read once, at load; the read of the event's ID is deferred.
module.exports = async ({ analytics, sessionReplay, cookie, setTimeout }) => {
  const stored = Number(cookie.get("analytics_session_id")) || 0;
  const deviceId = (await analytics.user()).anonymousId();
  await sessionReplay.init("key", { deviceId, sessionId: stored }).promise;
  analytics.addSourceMiddleware(({ payload, next }) => {
    setTimeout(() => {
      const id = Number(payload.obj.integrations["Actions Amplitude"]?.session_id) || 0;
      if (id > stored) sessionReplay.setSessionId(id);
    }, 0);
    next(payload);
  });
};
