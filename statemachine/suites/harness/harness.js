// The reference harness in JavaScript: an integration, in a page made of stand-ins for the SDKs.
//
//     node harness.js integration.js
//
// The integration exports a function, called once at `load` with what a page has; as an ES module, as its default:
//     module.exports = function ({ analytics, sessionReplay, cookie, amplitude, shell, setTimeout }) { … }
// It speaks version 1 of the harness protocol. The stand-ins validate nothing, as the SDKs do not.
"use strict";

const path = require("node:path");
const readline = require("node:readline");
const { pathToFileURL } = require("node:url");

const REPLAY_ID = "[Amplitude] Session Replay ID";
const COOKIE = "analytics_session_id";
const LONGEST_WAIT = 2_000; // milliseconds of the page's own clock that an integration may poll

globalThis.console = new console.Console(process.stderr); // standard output is the protocol's

const file = path.resolve(process.argv[2]);
let integration, page;

// What was thrown, and where in the integration, in one line.
function told(error) {
  const where = String(error?.stack).split("\n").find((line) => line.includes(file) && line.includes(":"));
  return `${error}`.split("\n")[0] + (where ? ` (${path.basename(file)}${where.split(file)[1].replace(/\)$/, "")})` : "");
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
process.on("unhandledRejection", (error) => fail(told(error)));
process.on("uncaughtException", (error) => fail(told(error)));

async function load() {
  const module = await import(pathToFileURL(file)).catch((error) => fail(`${path.basename(file)} cannot be loaded: ${told(error)}`));
  if (typeof module.default !== "function")
    fail(`${path.basename(file)} exports no function; expected module.exports = function ({ analytics, … }) { … }, or export default`);
  return module.default;
}

// The replay SDK: https://www.npmjs.com/package/@amplitude/session-replay-browser
function makeSessionReplay() {
  let device, session, initialised = false;
  return {
    setCalls: 0,
    init(apiKey, options = {}) {
      initialised = true;
      device = options.deviceId;
      session = options.sessionId;
      return { promise: Promise.resolve() };
    },
    setSessionId(id, otherDevice) {
      this.setCalls += 1;
      session = id;
      if (otherDevice !== undefined) device = otherDevice;
      return { promise: Promise.resolve() };
    },
    getSessionId: () => session,
    getSessionReplayProperties: () => (initialised && session ? { [REPLAY_ID]: device ? `${device}/${session}` : null } : {}),
  };
}

// One page: its clock, its cookie, Segment's source middleware, amplitude-js, and the shell.
function makePage(mode) {
  const timers = [];
  let now = 0;
  const cookies = new Map();
  const middlewares = [];
  const sessionReplay = makeSessionReplay();
  const own = { deviceId: undefined, sessionId: null }; // amplitude-js's, or the shell's
  const plugins = []; // the shell's
  const registered = []; // Segment's
  const self = { mode, own, cookies, middlewares, sessionReplay, plugins, registered, loaded: false, last: null, waiting: false, direct: 0, isKept: false, raised: null };

  // A millisecond at least, as in a browser: one that waits for nothing again and again comes to an end.
  const timer = (repeats) => (callback, delay, ...more) => {
    const after = Math.max(Number(delay) || 0, 1);
    const made = { at: now + after, every: repeats ? after : 0, callback: () => callback(...more) };
    timers.push(made);
    return made;
  };
  const clear = (made) => void (timers.includes(made) && timers.splice(timers.indexOf(made), 1));

  self.globals = {
    sessionReplay,
    setTimeout: timer(false),
    cookie: {
      get: (name) => cookies.get(name),
      set: (name, value) => void cookies.set(name, String(value)),
    },
    analytics: {
      ready: async (callback) => callback?.(),
      // Segment's npm package promises its user, its snippet has one at once.
      user: () => {
        const user = { anonymousId: () => own.deviceId };
        return Object.assign(Promise.resolve(user), user);
      },
      addSourceMiddleware: (middleware) => void middlewares.push(middleware),
      register: async (...more) => void registered.push(...more),
      track: (event, properties = {}) => { self.direct += 1; self.last = { event, properties }; },
    },
    amplitude: {
      getInstance: () => ({
        onInit: (callback) => callback(),
        getSessionId: () => own.sessionId,
        getDeviceId: () => own.deviceId,
        options: { get deviceId() { return own.deviceId; } },
      }),
    },
    shell: {
      add: (plugin) => void plugins.push(plugin),
      // What is no session ID yet comes to the plugins as 0: a shell hands on nothing else.
      init: (apiKey, options) => ({
        promise: (async () => {
          const config = { ...options, sessionId: Math.max(Number(own.sessionId) || 0, 0) };
          for (const plugin of plugins) await plugin.setup?.(config);
          await null;
          self.isKept = true; // the shell's own Amplitude destination, which init adds
        })(),
      }),
      remove: (name) => {
        if (name === "amplitude") self.isKept = false;
        return { promise: Promise.resolve() };
      },
      getSessionId: () => own.sessionId,
      getDeviceId: () => own.deviceId,
    },
    // Follows every session of the shell, and tags the events of it: @amplitude/plugin-session-replay-browser
    sessionReplayPlugin: () => ({
      name: "session-replay",
      type: "enrichment",
      setup: async (config) => void sessionReplay.init("key", config),
      onSessionIdChanged: async (session) => void sessionReplay.setSessionId(session),
      execute: async (event) => {
        if (own.sessionId && own.sessionId !== sessionReplay.getSessionId()) sessionReplay.setSessionId(own.sessionId);
        return { ...event, event_properties: { ...event.event_properties, ...sessionReplay.getSessionReplayProperties() } };
      },
    }),
    segmentPlugin: () => ({ name: "segment", type: "destination", execute: async (event) => { self.direct += 1; self.last = { properties: event.event_properties ?? {} }; } }),
  };
  // A page's clock is global: an integration need not take it from what it is handed.
  Object.assign(globalThis, { setTimeout: timer(false), setInterval: timer(true), clearTimeout: clear, clearInterval: clear });
  self.isReading = () => timers.length > 0;
  self.tick = async () => {
    const end = now + LONGEST_WAIT;
    for (;;) {
      await settled();
      timers.sort((a, b) => a.at - b.at);
      if (!timers.length || timers[0].at > end) break;
      const first = timers[0];
      now = Math.max(now, first.at);
      if (first.every) first.at = now + first.every;
      else timers.shift();
      try { await first.callback(); } catch (error) { self.raised ??= told(error); }
    }
    now = end;
  };
  return self;
}

const settled = () => new Promise((resolve) => setImmediate(resolve)); // every promise of the page had its turn

// An event goes through source middleware, each awaited whole: next only says that the event goes on, as what. Then come
// Segment's plugins. What is thrown before it leaves keeps it from being handed on. `late` fills its session ID in
// between, as Segment does.
async function see(fields, late = () => {}) {
  page.last = { integrations: fields, properties: {} };
  const context = { get event() { return page.last; }, updateEvent: (name, value) => void (page.last[name] = value) };
  const plugins = (type) => page.registered.filter((plugin) => plugin.type === type);
  let delivered = 0;
  let isOver = false;
  const run = async () => {
    for (const middleware of page.middlewares) {
      let goesOn = false;
      const next = (payload) => {
        goesOn = true;
        if (payload) page.last = payload.obj;
      };
      await middleware({ payload: { obj: structuredClone(page.last) }, next, integrations: page.last.integrations });
      if (!goesOn) return;
    }
    for (const plugin of plugins("before")) await plugin.track(context);
    late();
    for (const plugin of plugins("enrichment")) await plugin.track(context);
    delivered += 1;
    for (const plugin of plugins("after")) await plugin.track(context);
  };
  run().catch((error) => { page.raised ??= told(error); }).finally(() => { isOver = true; });
  await settled();
  if (!isOver) await page.tick(); // what it awaits is the clock
  return delivered;
}

const stepsOf = {
  async load({ device_id: device, session_id: session }) {
    if (page.loaded) return 0; // a page runs its own code once
    page.own.deviceId = device;
    page.own.sessionId = session ?? null;
    page.cookies.delete(COOKIE);
    if (page.mode === "actions" && session !== undefined && session !== null && session !== 0)
      page.cookies.set(COOKIE, typeof session === "object" ? JSON.stringify(session) : String(session));
    page.middlewares.length = page.plugins.length = page.registered.length = 0;
    page.isKept = false;
    await integration(page.globals);
    await settled();
    // A load that came to nothing can be tried again, as a reload would.
    page.loaded = page.sessionReplay.getSessionId() !== undefined;
    return 0;
  },
  async event({ session_id: session, via }, call) {
    if (page.mode === "classic-cloud") return through(session, via);
    if (page.mode === "classic-device") {
      page.own.sessionId = session ?? null;
      return see({});
    }
    const populated = "session_id" in call;
    const delivered = await see(populated ? { "Actions Amplitude": { session_id: session } } : {});
    page.waiting = !populated;
    if (populated) await page.tick();
    return delivered;
  },
  async settle({ session_id: session }, call) {
    const fill = () => {
      if ("session_id" in call) page.last.integrations["Actions Amplitude"] = { session_id: session };
    };
    // With no read pending (none was seen, or the integration has given up on it) another event is seen first.
    if (page.waiting && page.isReading()) fill();
    else await see({}, fill);
    page.waiting = !("session_id" in call);
    await page.tick();
    return 0;
  },
};

// Cloud-mode: an event through the shell's plugins, or past them. What an enrichment makes null goes no further; what
// is handed on to Segment also goes straight to Amplitude, while the shell's own destination is kept.
async function through(session, via) {
  page.direct = 0;
  page.last = null;
  if (via === "segment" || !page.plugins.length) {
    page.globals.analytics.track("event");
    return page.direct;
  }
  if (page.own.sessionId !== (session ?? null)) {
    page.own.sessionId = session ?? null;
    for (const plugin of page.plugins) await plugin.onSessionIdChanged?.(session);
  }
  let event = { event_type: "event", session_id: session, event_properties: {} };
  const typed = (...types) => page.plugins.filter((plugin) => types.includes(plugin.type) && plugin.execute);
  for (const plugin of [...typed("before"), ...typed("enrichment", undefined)])
    if (event !== null) event = await plugin.execute({ ...event });
  for (const plugin of event === null ? [] : typed("destination")) await plugin.execute({ ...event });
  await settled();
  return page.direct && page.direct + Number(page.isKept);
}

function observe(call, delivered) {
  const session = page.sessionReplay.getSessionId();
  const tagged = call.call !== "load" && page.last && page.last.properties[REPLAY_ID];
  const now = page.sessionReplay.getSessionReplayProperties()[REPLAY_ID] ?? null;
  // In cloud-mode an event carries what the plugins gave it, and past them nothing; elsewhere an integration need not tag.
  const isShells = page.mode === "classic-cloud" && call.call === "event";
  return {
    type: "observed",
    session_id: session || 0,
    replay_id: tagged || (isShells ? null : now),
    delivered,
    set_session_calls: page.sessionReplay.setCalls,
    ...(page.raised && { raised: page.raised }),
  };
}

async function reply(message) {
  if (message.type === "hello") {
    page = makePage(message.mode);
    return { type: "hello", version: 1, sets_up: false };
  }
  if (message.type === "reset") {
    page = makePage(page.mode);
    return { type: "ready" };
  }
  page.sessionReplay.setCalls = 0;
  page.raised = null;
  const delivered = await stepsOf[message.call.call](message.call, message.call);
  return observe(message.call, delivered);
}

(async () => {
  integration = await load();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.type === "bye") break;
    process.stdout.write(JSON.stringify(await reply(message)) + "\n");
  }
  process.exit(0);
})();
