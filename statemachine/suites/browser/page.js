// A page that runs an integration with the real SDKs. `window.page` is what the browser drives it by.
//
// The SDKs are the npm packages, unchanged. Written here, from specs/reality.md, is what Segment loads from
// its own servers: the session plugin of Actions, the classic Amplitude destination, and the plugin that
// forwards a shell's events to Segment.
import * as analyticsBrowser from "@amplitude/analytics-browser";
import { sessionReplayPlugin } from "@amplitude/plugin-session-replay-browser";
import * as sdk from "@amplitude/session-replay-browser";
import { AnalyticsBrowser } from "@segment/analytics-next";
import amplitude from "amplitude-js";
import cookie from "js-cookie";
import integration from "integration";

const REPLAY_ID = "[Amplitude] Session Replay ID";
const SESSION = "analytics_session_id";
const SESSION_LENGTH = 30 * 60 * 1000; // milliseconds
const domain = /[a-z]$/.test(location.hostname) ? location.hostname.split(".").slice(-2).join(".") : undefined;

let mode, writesCookie, analytics, shell;
let sets = []; // the sessions that the replay was set to since it was last observed
const scripts = new Map(); // by the event's name: its session_id, for how long it is held, its integrations

const plugin = (name, type, see, load = () => {}) => ({
  name,
  type,
  version: "1",
  isLoaded: () => true,
  load: async () => load(),
  track: see, page: see, identify: see, group: see, alias: see, screen: see,
});

// The calls of setSessionId are counted; nothing else is touched.
function counted(replay) {
  const setSessionId = (id, ...rest) => {
    const result = replay.setSessionId(id, ...rest);
    sets.push(replay.getSessionId());
    return result;
  };
  return { ...replay, setSessionId };
}
const sessionReplay = counted(sdk);

// Requests that have no answer yet: to know when nothing is under way, which no clock tells.
let open = 0;
const fetched = window.fetch;
window.fetch = async (...request) => {
  open += 1;
  try {
    const response = await fetched(...request);
    await response.clone().arrayBuffer();
    return response;
  } finally {
    open -= 1;
  }
};
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...body) {
  open += 1;
  this.addEventListener("loadend", () => (open -= 1));
  return send.apply(this, body);
};

// An enrichment of another vendor, which holds some events for a while.
const slow = plugin("slow", "enrichment", async (context) => {
  const { held = 0 } = scripts.get(context.event.event) ?? {};
  if (held) await new Promise((resolve) => setTimeout(resolve, held));
  return context;
});

// Segment's session plugin: from localStorage first, written to localStorage, cookie and memory; a new ID when
// 30 minutes or more have passed. An ID that the test wants takes the place of the one it would choose.
let remembered;
const session = plugin("session", "enrichment", async (context) => {
  const script = scripts.get(context.event.event) ?? {};
  const now = Date.now();
  const read = (key) => JSON.parse(localStorage.getItem(key) ?? "null");
  const stored = read(SESSION) ?? cookie.get(SESSION) ?? remembered;
  const last = read(`${SESSION}.last_access`);
  let id = stored == null || last == null || now - last >= SESSION_LENGTH ? now : stored;
  if ("session_id" in script) id = script.session_id;
  const write = (key, value) => {
    localStorage.setItem(key, JSON.stringify(value));
    if (writesCookie) cookie.set(key, String(value), { domain });
  };
  write(SESSION, (remembered = id));
  write(`${SESSION}.last_access`, now);
  if (context.event.integrations?.All !== false) context.updateEvent("integrations.Actions Amplitude", { session_id: id });
  return context;
});

// Segment's classic Amplitude destination in device-mode, with "Prefer Anonymous ID for Device ID".
const classic = plugin(
  "Amplitude",
  "destination",
  async (context) => {
    amplitude.getInstance().logEvent(context.event.event, context.event.properties);
    return context;
  },
  async () => {
    amplitude.getInstance().init("0123456789", null, { deviceId: await anonymousId() });
  },
);

// The page's plugin that forwards a shell's event to Segment, and answers 200.
const segmentPlugin = () => ({
  name: "segment",
  type: "destination",
  setup: async () => {},
  execute: async (event) => {
    const integrations = { Amplitude: { session_id: event.session_id } };
    await analytics.track(event.event_type, event.event_properties, { integrations });
    return { code: 200, event, message: "" };
  },
});

const anonymousId = async () => (await analytics.user()).anonymousId();
const countedPlugin = (options) => {
  const made = sessionReplayPlugin(options);
  made.sessionReplay = counted(made.sessionReplay);
  return made;
};

// How a mode's page tracks an event, and what session ID its own SDK has before the integration starts.
const track = {
  actions: (name, { bare }) => analytics.track(name, {}, bare ? { integrations: { All: false, "Segment.io": true } } : {}),
  "classic-device": (name, { session_id: id }) => {
    if (id !== undefined) amplitude.getInstance().setSessionId(id);
    return analytics.track(name);
  },
  "classic-cloud": (name, { session_id: id, bare, explicit }) => {
    if (bare) return analytics.track(name);
    if (explicit !== undefined) return shell.track(name, {}, { session_id: explicit }).promise;
    if (id !== undefined) shell.setSessionId(id);
    return shell.track(name).promise;
  },
};
const ownSession = {
  actions: () => cookie.get(SESSION) ?? null,
  "classic-device": () => amplitude.getInstance().getSessionId(),
  "classic-cloud": () => shell.getSessionId(),
};

window.page = {
  started: false,
  error: null,
  // The page's first moment. `visitor` is there on a visitor's first page: what earlier visits have stored.
  start(ofMode, writes, visitor) {
    mode = ofMode;
    writesCookie = writes;
    if (visitor?.session_id != null) {
      cookie.set(SESSION, String(visitor.session_id), { domain });
      localStorage.setItem(SESSION, JSON.stringify(visitor.session_id));
      localStorage.setItem(`${SESSION}.last_access`, JSON.stringify(Date.now()));
    }
    if (visitor?.device_id) localStorage.setItem("ajs_anonymous_id", JSON.stringify(visitor.device_id));
    const plugins = { actions: [slow, session], "classic-device": [slow, classic], "classic-cloud": [] }[mode];
    const cdnSettings = { integrations: { "Segment.io": { apiKey: "key" } } };
    analytics = AnalyticsBrowser.load({ writeKey: "key", cdnSettings, plugins });
    shell = analyticsBrowser.createInstance();
    const stored = ownSession[mode]();
    const own = { analytics, sessionReplay, cookie, amplitude, shell, sessionReplayPlugin: countedPlugin, segmentPlugin };
    const begin = async () => {
      this.device_id = await anonymousId();
      await integration({ ...own, setTimeout: window.setTimeout.bind(window) });
      await analytics.ready();
      if (mode === "classic-device") await new Promise((resolve) => amplitude.getInstance().onInit(resolve));
      this.session_id = mode === "actions" ? stored : ownSession[mode]();
    };
    begin()
      .catch((error) => (this.error = String(error)))
      .finally(() => (this.started = true));
  },
  // Events, in one tick.
  track(events) {
    for (const event of events) {
      scripts.set(event.name, event);
      Promise.resolve(track[mode](event.name, event)).catch(() => {}); // what is lost shows on the wire
    }
  },
  reset: () => analytics.reset(),
  // Everything that waits for no clock has its turn: a message of one's own comes after it. Returns the time,
  // and whether an answer is waited for.
  async turn() {
    for (let n = 0; n < 8; n += 1) {
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { port1.close(); resolve(); };
        port2.postMessage(null);
      });
    }
    return [Date.now(), open > 0];
  },
  observe() {
    const seen = { session_id: plain(sdk.getSessionId()), replay_id: sdk.getSessionReplayProperties()[REPLAY_ID] ?? null, sets };
    sets = [];
    return seen;
  },
};

const plain = (id) => (typeof id === "number" && !Number.isFinite(id) ? String(id) : id ?? null);
