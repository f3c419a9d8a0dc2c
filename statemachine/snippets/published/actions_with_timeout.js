// The vendor's published integration for Amplitude (Actions), with the setTimeout of its Troubleshooting
// section, and what still goes wrong where. It is here to be compared with: do not use it.
module.exports = async function startSessionReplay({ analytics, sessionReplay, cookie, setTimeout }) {
  const getStoredSessionId = () => cookie.get("analytics_session_id") || 0; // text, any text (rows 7 and 8)

  const deviceId = (await analytics.user()).anonymousId(); // not validated (SR101 to SR103)
  await sessionReplay.init("AMPLITUDE_API_KEY", { deviceId, sessionId: getStoredSessionId() }).promise;

  analytics.addSourceMiddleware(({ payload, next }) => {
    const storedSessionId = getStoredSessionId(); // before the timer of an earlier event ran (row 3)
    setTimeout(() => {
      // One timer may be too early: another plugin can hold the event longer. Then this throws (row 4).
      const nextSessionId = payload.obj.integrations["Actions Amplitude"].session_id || 0;
      if (storedSessionId < nextSessionId) {
        cookie.set("analytics_session_id", nextSessionId);
        sessionReplay.setSessionId(nextSessionId);
      }
    }, 0);
    next(payload);
  });
};
