// Row 9: events are tagged with the replay ID before the guard has seen them.
module.exports = async ({ analytics, sessionReplay, cookie, setTimeout }) => {
  const deviceId = (await analytics.user()).anonymousId();
  await sessionReplay.init("key", { deviceId, sessionId: Number(cookie.get("analytics_session_id")) || 0 }).promise;
  analytics.addSourceMiddleware(({ payload, next }) => {
    Object.assign(payload.obj.properties, sessionReplay.getSessionReplayProperties());
    setTimeout(() => {
      const id = Number(payload.obj.integrations["Actions Amplitude"]?.session_id) || 0;
      if (id > (Number(sessionReplay.getSessionId()) || 0)) sessionReplay.setSessionId(id);
    }, 0);
    next(payload);
  });
};
