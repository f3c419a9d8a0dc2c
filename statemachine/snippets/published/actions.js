// The vendor's published integration for Amplitude (Actions), put together from its page, with what goes
// wrong where. It is here to be compared with: do not use it.
module.exports = async function startSessionReplay({ analytics, sessionReplay, cookie }) {
  const getStoredSessionId = () => cookie.get("analytics_session_id") || 0; // text, any text (rows 7 and 8)

  const deviceId = (await analytics.user()).anonymousId(); // not validated (SR101 to SR103)
  await sessionReplay.init("AMPLITUDE_API_KEY", { deviceId, sessionId: getStoredSessionId() }).promise;

  analytics.addSourceMiddleware(({ payload, next }) => {
    // The cookie is also written by Segment's plugin (row 5), and may be another one than is read (row 6).
    const storedSessionId = getStoredSessionId();
    // Not there yet: Segment fills it in after source middleware. This throws, next is not reached, and the
    // event is lost (row 2).
    const nextSessionId = payload.obj.integrations["Actions Amplitude"].session_id || 0;
    if (storedSessionId < nextSessionId) {
      cookie.set("analytics_session_id", nextSessionId);
      sessionReplay.setSessionId(nextSessionId);
    }
    next(payload);
  });
};
