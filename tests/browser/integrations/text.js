// Row 7: session IDs are compared as text.
module.exports = async ({ analytics, sessionReplay, cookie }) => {
  const deviceId = (await analytics.user()).anonymousId();
  await sessionReplay.init("key", { deviceId, sessionId: cookie.get("analytics_session_id") || 0 }).promise;
  const follow = (context) => {
    const id = context.event.integrations["Actions Amplitude"]?.session_id;
    if (id !== undefined && String(sessionReplay.getSessionId()) < String(id)) sessionReplay.setSessionId(id);
    return context;
  };
  await analytics.register({ name: "text", type: "enrichment", version: "1", isLoaded: () => true, load: async () => {}, track: follow });
};
