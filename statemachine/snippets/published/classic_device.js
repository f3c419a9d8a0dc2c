// The vendor's published integration for classic device-mode, put together from its page, with what goes
// wrong where. It is here to be compared with: do not use it.
module.exports = function startSessionReplay({ analytics, sessionReplay, amplitude, cookie }) {
  const getStoredSessionId = () => cookie.get("amp_session_id") || 0; // text, any text (rows 7 and 8)

  amplitude.getInstance().onInit(() => {
    const sessionId = amplitude.getInstance().getSessionId();
    cookie.set("amp_session_id", sessionId); // a session that is null is stored as "null"
    // Neither ID is validated: the SDK takes any (measured: specs/reality.md, "What the replay SDK does").
    sessionReplay.init("AMPLITUDE_API_KEY", { deviceId: amplitude.getInstance().options.deviceId, sessionId });
  });

  analytics.addSourceMiddleware(({ payload, next }) => {
    const storedSessionId = getStoredSessionId();
    const nextSessionId = amplitude.getInstance().getSessionId(); // the one before, when this event opens a session (row 11)
    if (storedSessionId < nextSessionId) {
      cookie.set("amp_session_id", nextSessionId);
      sessionReplay.setSessionId(nextSessionId);
    }
    next(payload);
  });
};
