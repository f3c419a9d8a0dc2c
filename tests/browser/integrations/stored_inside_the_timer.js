// Row 5: the obvious repair of the published one.
module.exports = async ({ analytics, sessionReplay, cookie, setTimeout }) => {
  const stored = () => Number(cookie.get("analytics_session_id")) || 0;
  const deviceId = (await analytics.user()).anonymousId();
  await sessionReplay.init("key", { deviceId, sessionId: stored() }).promise;
  analytics.addSourceMiddleware(({ payload, next }) => {
    setTimeout(() => {
      const id = Number(payload.obj.integrations["Actions Amplitude"]?.session_id) || 0;
      if (stored() < id) sessionReplay.setSessionId(id);
    }, 0);
    next(payload);
  });
};
