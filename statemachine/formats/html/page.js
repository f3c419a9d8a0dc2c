"use strict";
// Everything from data goes through textContent: nothing here makes markup from text.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { texts, rules, subjects, findings, charts } = data;
  const PER_PAGE = 50, PER_STEPS = 100, PER_LANES = 10;
  const BINS = innerWidth > 640 ? 60 : 24; // bars of a device's timeline at the most: each has room for a mark
  const RANKS = { error: 0, warning: 1, info: 2 };
  const $ = (id) => document.getElementById(id);
  const say = (n) => n.toLocaleString("en");
  const some = (n, name) => `${say(n)} ${name}${n === 1 ? "" : "s"}`;
  const severity = (code) => rules[code][1];
  const saying = ([text, ...numbers]) => texts[text].split("\0").map((part, n) => part + (numbers[n] ?? "")).join("");

  function make(name, attributes, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "onclick") made.addEventListener("click", value);
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
    }
    for (const one of inside) if (one !== null && one !== undefined && one !== "") made.append(one);
    return made;
  }

  const SHAPES = { error: "M3.6 0h4.8L12 3.6v4.8L8.4 12H3.6L0 8.4V3.6z", warning: "M6 .6 12 11.4H0z",
    info: "M6 .6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 1 0 6 .6z" };
  function shape(kind) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "shape");
    svg.setAttribute("viewBox", "0 0 12 12");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPES[kind]);
    svg.append(path);
    return svg;
  }
  const badge = (kind, text) => make("span", { class: `badge ${kind}` }, shape(kind), text);
  const isolated = (text) => make("bdi", { class: "id" }, text); // data, which reorders nothing around it
  const codeBadge = (code) => badge(severity(code), `${code}`);
  const explained = (code) => make("a", { href: `#rule-${code}`, class: "code" }, `${code} ${rules[code][0]}`);

  function time(id) {
    if (typeof id !== "number" || id < 1e11 || id > 253402300799999) return "";
    return new Date(id).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
  }
  function span(ms) {
    const s = Math.abs(ms) / 1000;
    if (s < 1) return `${Math.abs(ms)} ms`;
    if (s < 120) return `${+s.toFixed(1)} s`;
    if (s < 7200) return `${+(s / 60).toFixed(1)} min`;
    return s < 172800 ? `${+(s / 3600).toFixed(1)} h` : `${+(s / 86400).toFixed(1)} days`;
  }
  function table(heads, rows, caption) {
    const row = make("tr", {}, ...heads.map(([name, kind]) => make("th", { scope: "col", class: kind || null }, name)));
    return make("table", {}, make("caption", { class: "hidden" }, caption), make("thead", {}, row), make("tbody", {}, ...rows));
  }

  // ---- the list ----
  const units = `${data.unit[0].toUpperCase()}${data.unit.slice(1)}s`;
  const title = data.subjectUnit[0].toUpperCase() + data.subjectUnit.slice(1);
  const spans = subjects.some((s) => time(s.first)) ? "Sessions (UTC)" : "Session IDs";
  const state = { view: "subjects", page: 0, shown: [], subject: -1, step: 0, lanes: 0, devices: [] };
  const UNITS = { subjects: data.subjectUnit, sessions: "session", findings: "finding" };
  const sessions = []; // [subject, which of its sessions], the worst first
  subjects.forEach((s, n) => s.sessions.id.forEach((_, k) => sessions.push([n, k])));
  const worstOf = (codes) => { // errors, warnings, notes
    const found = [0, 0, 0];
    for (const [code, count] of Object.entries(codes || {})) found[RANKS[severity(code)]] += count;
    return found;
  };
  {
    const worst = sessions.map(([n, k]) => worstOf(subjects[n].sessions.codes[k]));
    const order = sessions.map((_, n) => n).sort((a, b) => worst[b][0] - worst[a][0] || worst[b][1] - worst[a][1] || worst[b][2] - worst[a][2] || a - b);
    sessions.splice(0, sessions.length, ...order.map((n) => sessions[n]));
  }
  const SIZES = { subjects: subjects.length, sessions: sessions.length, findings: findings.code.length };
  const placeOf = (n) => {
    const file = texts[findings.file[n]] || "";
    return findings.line[n] === null ? file : `${file}:${findings.line[n]}`;
  };
  const shownPlace = (n) => make("span", {}, isolated(texts[findings.file[n]] || ""), findings.line[n] === null ? "" : `:${findings.line[n]}`);
  const hay = {};
  function haystack(view) {
    if (hay[view]) return hay[view];
    if (view === "sessions") {
      hay[view] = sessions.map(([n, k]) => {
        const s = subjects[n], id = s.sessions.id[k];
        return `${s.name}/${id} ${time(id)} ${Object.keys(s.sessions.codes[k] || {}).join(" ")}`.toLowerCase();
      });
    } else if (view === "findings") {
      hay[view] = findings.code.map((code, n) =>
        `${texts[findings.name[n]]} ${placeOf(n)} ${code} ${rules[code][0]} ${findings.session[n]} ${saying(findings.message[n])}`.toLowerCase());
    } else { // with its sessions as replay IDs, the IDs at its events, and what its findings say
      const parts = subjects.map((s) => [`${s.name} ${s.mode} ${s.first} ${s.last} ${Object.keys(s.codes).join(" ")}`,
        ...s.sessions.id.map((id) => `${s.name}/${id}`), ...s.steps.session, ...s.steps.replay.filter((id) => typeof id === "string")]);
      const said = haystack("findings"), lengths = parts.map(() => 0);
      findings.subject.forEach((s, n) => {
        if (s >= 0 && lengths[s] < 20000) lengths[s] += parts[s].push(said[n]) && said[n].length;
      });
      hay[view] = parts.map((one) => one.join(" ").toLowerCase());
    }
    return hay[view];
  }

  const asked = () => ({ text: $("text").value.trim().toLowerCase(), code: $("code").value, kind: $("severity").value, after: $("state").value });
  function filtered(view) {
    const { text, code, kind, after } = asked(), state = after ? texts.indexOf(after) : -1;
    const hays = text ? haystack(view) : null;
    const hasIn = (codes) => (!code || codes[code]) && (!kind || Object.keys(codes).some((one) => severity(one) === kind));
    const fits = {
      subjects: (n) => {
        const s = subjects[n];
        return hasIn(s.codes) && (!after || s.sessions.states.some((one) => one.includes(state)) || s.steps.state.includes(state));
      },
      sessions: (n) => {
        const [s, k] = sessions[n], own = subjects[s].sessions;
        return (!code && !kind || hasIn(own.codes[k] || {})) && (!after || own.states[k].includes(state));
      },
      findings: (n) => (!code || findings.code[n] === code) && (!kind || severity(findings.code[n]) === kind) && (!after || findings.state[n] === state),
    }[view];
    const shown = [];
    for (let n = 0; n < SIZES[view]; n++) if ((!text || hays[n].includes(text)) && fits(n)) shown.push(n);
    return shown;
  }
  function nothing() { // why, and what to do
    const { text, code, kind, after } = asked(), held = data.devicesHeld, all = data.devicesInAll;
    const unit = UNITS[state.view], box = make("div", { class: "nothing" });
    if (!SIZES[state.view]) {
      box.append(make("p", {}, `No ${unit} to show.`));
      return box;
    }
    box.append(make("p", {}, text ? make("span", {}, `No ${unit} on this page has \u201c`, make("bdi", {}, $("text").value.trim()), `\u201d${code || kind || after ? " and passes the other filters" : ""}.`) : `No ${unit} on this page passes the filters.`));
    if (all > held) {
      box.append(make("p", {}, `This page lists ${some(held, "device")} of ${say(all)}, the worst first, and leaves out ${say(all - held)}. To see one that it leaves out, give its ID:`),
        make("p", {}, make("code", {}, "statemachine check FILES --device ID --format html > device.html")));
    } else if (all) box.append(make("p", {}, `All devices of the run are on this page (${say(all)}).`));
    box.append(make("p", {}, make("button", { type: "button", onclick: () => { clear(); refresh(); $("text").focus(); } }, "Clear the filters")));
    return box;
  }
  function clear() { for (const id of ["text", "severity", "code", "state"]) $(id).value = ""; }

  const chips = (codes) => {
    const sorted = Object.entries(codes || {}).sort(([a], [b]) => RANKS[severity(a)] - RANKS[severity(b)] || (a < b ? -1 : 1));
    return sorted.length ? make("span", { class: "chips" }, ...sorted.map(([code, count]) => badge(severity(code), `${code} \u00d7 ${say(count)}`))) : "none";
  };
  function subjectRow(n) {
    const s = subjects[n];
    const at = (id) => time(id).replace(" UTC", "") || `${id}`;
    const count = s.sessionsInAll ? `${say(s.sessionsInAll)} ` : "", [from, to] = [at(s.first), at(s.last)];
    const later = from.slice(0, 11) === to.slice(0, 11) && to.includes(":") ? to.slice(11) : to;
    const spanned = s.first ? count + (s.first === s.last ? `at ${from}` : `from ${from} to ${later}`) : "none";
    return make("tr", {},
      make("th", { scope: "row" }, make("button", { type: "button", class: "link id", onclick: () => go(n, firstFinding(n)) }, isolated(s.name))),
      make("td", { "data-name": "Findings" }, chips(s.codes)),
      make("td", { class: "n", "data-name": units }, say(s.events)),
      make("td", { "data-name": spans }, spanned),
      make("td", { "data-name": "Mode" }, s.mode));
  }
  const stepIn = (n, id) => subjects[n].steps.now.indexOf(id);
  function sessionRow(n) {
    const [of, k] = sessions[n], s = subjects[of], { id, events, codes, states } = s.sessions, step = stepIn(of, id[k]);
    const name = make("span", {}, `${id[k]}`);
    return make("tr", {},
      make("th", { scope: "row", class: "id" }, step >= 0 ? make("button", { type: "button", class: "link id", onclick: () => go(of, step) }, name) : name),
      make("td", { "data-name": "Began (UTC)", class: "time" }, time(id[k]).replace(" UTC", "") || "at no time"),
      make("td", { "data-name": title, class: "id" }, isolated(s.name)),
      make("td", { "data-name": "Findings" }, chips(codes[k])),
      make("td", { class: "n", "data-name": units }, say(events[k])),
      make("td", { "data-name": "States" }, states[k].map((one) => texts[one].replaceAll("_", " ")).join(", ")));
  }
  function findingRow(n) {
    const code = findings.code[n], at = findings.subject[n], name = texts[findings.name[n]];
    const step = at >= 0 ? stepAt(at, findings.file[n], findings.line[n], code) : -1;
    const target = step >= 0 ? make("button", { type: "button", class: "link id", onclick: () => go(at, step) }, shownPlace(n)) : shownPlace(n);
    return make("tr", {},
      make("td", {}, codeBadge(code)),
      make("th", { scope: "row", class: "id" }, target),
      make("td", { "data-name": "Message" }, saying(findings.message[n])),
      make("td", { "data-name": title, class: "id" }, isolated(name)));
  }
  function stepAt(subject, file, line, code) {
    const { steps } = subjects[subject];
    for (let n = 0; n < steps.line.length; n++) {
      if (steps.line[n] === line && steps.file[n] === file && (steps.found[n] || []).some(([one]) => one === code)) return n;
    }
    return -1;
  }
  const firstFinding = (n) => {
    const { steps } = subjects[n];
    const [noted] = Object.keys(steps.notes);
    if (noted !== undefined) return Number(noted);
    for (let at = 0; at < steps.line.length; at++) if (steps.found[at] || steps.notes[at]) return at;
    return 0;
  };

  function draw() {
    const { shown, view } = state;
    const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    state.page = Math.min(state.page, pages - 1);
    const part = shown.slice(state.page * PER_PAGE, (state.page + 1) * PER_PAGE);
    const isMore = view === "subjects" && data.devicesInAll && data.devicesHeld < subjects.length; // payloads of no device
    const unit = isMore ? "row" : UNITS[view], size = SIZES[view];
    $("count").textContent = shown.length === size ? some(size, unit) : `${say(shown.length)} of ${some(size, unit)}`;
    const list = !part.length ? nothing()
      : view === "subjects" ? table([[title], ["Findings"], [units, "n"], [spans], ["Mode"]], part.map(subjectRow), `${title}s, worst first`)
        : view === "sessions" ? table([["Session"], ["Began (UTC)"], [title], ["Findings"], [units, "n"], ["States"]], part.map(sessionRow), "Sessions, worst first")
          : table([["Finding"], ["Place"], ["Message"], [title]], part.map(findingRow), "Findings");
    $("list").replaceChildren(list);
    $("pages").hidden = pages === 1;
    $("page-now").textContent = `Page ${say(state.page + 1)} of ${say(pages)}`;
    $("page-before").disabled = state.page === 0;
    $("page-after").disabled = state.page === pages - 1;
    for (const name of Object.keys(UNITS)) $(`by-${name}`).setAttribute("aria-pressed", view === name);
  }
  function refresh() {
    state.page = state.lanes = 0;
    state.shown = filtered(state.view);
    state.devices = state.view === "subjects" ? state.shown : data.axis ? filtered("subjects") : [];
    draw();
    drawLanes();
  }
  function view(name) { state.view = name; refresh(); }

  // ---- sessions in time ----
  const MARKED = ["error", "warning", "info"];
  const saidOf = ([errors, warnings, notes]) => [[errors, "error"], [warnings, "warning"], [notes, "note"]]
    .filter(([count]) => count).map(([count, name]) => some(count, name)).join(", ") || "no findings";
  function strip(n, from, to) { // sessions that begin too near to each other to be told apart share a bar
    const s = subjects[n], ids = s.sessions.id, bars = new Map(), isCut = s.sessionsInAll > ids.length;
    ids.forEach((id, k) => {
      if (id < from || id >= to) return;
      const bin = Math.floor((id - from) / (to - from) * BINS);
      const bar = bars.get(bin) || { first: id, count: 0, events: 0, worst: [0, 0, 0] };
      bar.last = id;
      bar.until = isCut ? id : Math.min(k + 1 < ids.length ? ids[k + 1] : to, to); // which is next is not known here
      bar.count++;
      bar.events += s.sessions.events[k];
      worstOf(s.sessions.codes[k]).forEach((count, rank) => { bar.worst[rank] += count; });
      bars.set(bin, bar);
    });
    const said = `${some(s.sessionsInAll, "session")}${isCut ? `, ${say(ids.length)} of them drawn` : ""}; ${saidOf(s.worst)}`;
    const made = make("div", { class: "strip", role: "img", title: said, "aria-label": `${s.name}: ${said}` });
    for (const bar of bars.values()) {
      const left = (bar.first - from) / (to - from) * 100, width = (bar.until - bar.first) / (to - from) * 100;
      const when = bar.count === 1 ? `Session ${bar.first}, from ${time(bar.first)}` : `${some(bar.count, "session")}, from ${time(bar.first)} to ${time(bar.last)}`;
      const tip = `${when}: ${some(bar.events, data.unit)}, ${saidOf(bar.worst)}`;
      const box = make("span", { class: "session", title: tip, onclick: () => go(n, Math.max(stepIn(n, bar.first), 0)) });
      box.dataset.first = bar.first;
      box.dataset.last = bar.last;
      box.style.left = `${left}%`;
      box.style.width = `${width}%`;
      const kinds = MARKED.filter((_, rank) => bar.worst[rank]);
      const marks = width < 3 ? kinds.slice(0, 1) : kinds;
      box.append(...marks.map((kind) => make("span", { class: `mark ${kind}` }, shape(kind))));
      if (bar.count === 1 && width > 5) box.append(make("span", { class: "lane-label" }, (n === state.subject && lanes.get(bar.first)) || ""));
      made.append(box);
    }
    if (!bars.size) made.append(make("span", { class: "muted" }, ids.length ? "outside of these times" : "no session"));
    return made;
  }
  function drawLanes() {
    if (!data.axis) return;
    const { devices } = state, start = state.lanes * PER_LANES, part = devices.slice(start, start + PER_LANES);
    $("lanes").replaceChildren(...part.flatMap((n) => [
      make("p", { class: "lane-name" }, make("button", { type: "button", class: "link id", title: subjects[n].name, onclick: () => go(n, firstFinding(n)) }, isolated(subjects[n].name))),
      strip(n, ...data.axis)]));
    $("lane-legend").hidden = !part.length;
    $("lane-pages").hidden = devices.length <= PER_LANES && devices.length === subjects.length;
    const how = devices.length === subjects.length ? "worst first" : "those that match the filter below";
    $("lane-now").textContent = part.length ? `${title}s ${say(start + 1)} to ${say(start + part.length)} of ${say(devices.length)}, ${how}` : "No device matches the filter below";
    $("lane-before").disabled = !state.lanes;
    $("lane-after").disabled = start + PER_LANES >= devices.length;
  }
  function drawStrip(n) {
    const s = subjects[n], { first, last } = s, to = last + Math.max(900000, (last - first) / 12);
    $("trace-strip").hidden = !data.axis || !s.sessions.id.length || first < 1e11;
    if ($("trace-strip").hidden) return;
    $("trace-strip").replaceChildren(strip(n, first, to), make("p", { class: "axis" }, make("span", {}, time(first)), make("span", {}, time(last))));
  }

  // ---- one subject, step by step ----
  let lanes = new Map();
  function lane(id, other) {
    if (!id) return "";
    return make("span", { class: `lane${other ? " other" : ""}` }, lanes.get(id) || "S?");
  }
  const sessionOfReplay = (s, n) => {
    const carried = s.steps.replay[n];
    if (typeof carried === "number") return carried;
    const found = typeof carried === "string" ? /\/(\d+)$/.exec(carried) : null;
    return found ? Number(found[1]) : null;
  };
  function lanesOf(s) { // sessions by their order in time
    const ids = new Set();
    for (let n = 0; n < s.steps.line.length; n++) {
      for (const id of [s.steps.session[n], s.steps.now[n], sessionOfReplay(s, n)]) if (typeof id === "number" && id > 0) ids.add(id);
    }
    return new Map([...ids].sort((a, b) => a - b).map((id, n) => [id, `S${n + 1}`]));
  }
  const place = (s, n) => {
    const file = texts[s.steps.file[n]], line = s.steps.line[n], path = s.steps.path[n];
    return make("span", {}, file ? isolated(file) : "", `${file ? ":" : ""}${line === null ? "" : line}`, path ? " " : "", path ? isolated(path) : "");
  };
  const result = (ok) => (ok === null ? "not decided" : ok ? "accepted" : "refused");

  function stepRow(s, n) {
    const { steps } = s, own = steps.session[n], carried = sessionOfReplay(s, n), now = steps.now[n];
    const row = make("tr", { "aria-current": n === state.step ? "step" : null, onclick: () => go(state.subject, n) },
      make("th", { scope: "row" }, make("button", { type: "button", class: "link", "aria-label": `Step ${n + 1}` }, `${n + 1}`)),
      make("td", { "data-name": "Line" }, steps.line[n] === null ? "" : `${steps.line[n]}${steps.path[n] ? ` ${steps.path[n]}` : ""}`),
      make("td", { "data-name": "Call" }, texts[steps.call[n]]),
      make("td", { "data-name": "Session" }, typeof own === "number" && own > 0 ? lane(own) : own === null ? "none" : `${own}`),
      make("td", { "data-name": "Replay ID of" }, carried ? lane(carried, carried !== now) : steps.replay[n] === null ? "none" : "other"),
      make("td", { "data-name": "State after" }, (texts[steps.state[n]] || "").replace("_", " ")),
      make("td", { "data-name": "Result", class: steps.ok[n] === 0 ? "no" : null }, result(steps.ok[n])),
      make("td", { "data-name": "Findings" }, steps.found[n] ? make("span", { class: "chips" }, ...steps.found[n].map(([code]) => codeBadge(code))) : steps.notes[n] ? make("strong", {}, "breaks the law") : null));
    row.dataset.step = n;
    return row;
  }

  function told(id) {
    if (id === null || id === undefined || id === "") return "none";
    if (typeof id !== "number") return isolated(id);
    const at = time(id), label = lanes.get(id);
    return make("span", {}, label ? make("strong", {}, label) : null, label ? " " : null, make("span", { class: "id" }, `${id}`), at ? ` (${at})` : null);
  }
  function nowPanel(s, n) {
    const { steps } = s, carried = steps.replay[n], now = steps.now[n], own = sessionOfReplay(s, n);
    const name = texts[steps.call[n]];
    const parts = [make("h3", {}, `${name[0].toUpperCase()}${name.slice(1)}: ${result(steps.ok[n])}${steps.state[n] === null ? "" : `, ${texts[steps.state[n]].replace("_", " ")}`}`)];
    const behind = own !== null && now && own !== now ? make("strong", {}, `, ${span(own - now)} ${own < now ? "behind" : "ahead of"} the replay session`) : null;
    const rows = [["Place", place(s, n)], ["Its session ID", told(steps.session[n])], ["Replay session after it", told(now || null)],
      ["Replay ID on it", carried === null ? "none" : make("span", {}, isolated(typeof carried === "number" ? `${s.name}/${carried}` : carried), own ? make("span", {}, ": session ", make("strong", {}, lanes.get(own) || "")) : null, behind)]];
    parts.push(make("dl", {}, ...rows.flatMap(([key, value]) => [make("dt", {}, key), make("dd", {}, value)])));
    for (const [code, message] of steps.found[n] || []) {
      parts.push(make("div", { class: `finding ${severity(code)}` },
        make("p", {}, badge(severity(code), severity(code)), " ", explained(code), ": ", saying(message)),
        make("p", {}, make("strong", {}, "Fix: "), fixOf(code))));
    }
    if (steps.notes[n]) parts.push(make("div", { class: "finding error" }, ...steps.notes[n].split("\n").map((one) => make("p", {}, one))));
    return parts;
  }
  const fixOf = (code) => { // it is in the page once, at the rule
    const found = document.querySelector(`#rule-${code} .why div:nth-child(2) dd`);
    return found ? found.textContent : "";
  };

  let drawn = -1, from = -1;
  function drawTrace() {
    const s = subjects[state.subject], size = s.steps.line.length;
    if (drawn !== state.subject) {
      drawn = state.subject;
      from = -1;
      lanes = lanesOf(s);
      $("trace-heading").replaceChildren(data.subjectUnit === "counterexample" ? "" : `${title} `, make("bdi", {}, s.name));
      drawStrip(state.subject);
      const more = s.events - size;
      const isOther = data.subjectUnit === "device" && data.arrives[s.mode] !== "event";
      const hint = isOther ? ` In the diagram, an event of a log is "${data.arrives[s.mode]}": its session ID was filled in by then.` : "";
      const part = more ? `, ${say(size)} of them shown${Object.keys(s.codes).length ? ": those around its findings" : ": the first ones"}` : "";
      const cut = s.sessionsInAll > s.sessions.id.length ? ` Of ${say(s.sessionsInAll)} sessions, ${say(s.sessions.id.length)} are listed.` : "";
      $("trace-told").textContent = `Mode ${s.mode}; ${some(s.events, data.unit)}${part}; ${some(lanes.size, "session ID")}, in order: S1 is the first.${cut}${hint}`;
      const template = $(`chart-${s.mode}`);
      $("chart").replaceChildren(template ? template.content.cloneNode(true) : "");
    }
    $("subject-before").disabled = state.subject === 0;
    $("subject-after").disabled = state.subject === subjects.length - 1;
    $("at").textContent = size ? `${state.step + 1} of ${say(size)}` : `no ${data.unit} is held in this file`;
    for (const id of ["first", "before"]) $(id).disabled = state.step === 0 || !size;
    for (const id of ["after", "last"]) $(id).disabled = state.step >= size - 1;
    $("next-finding").disabled = nextFinding() < 0;
    if (!size) {
      $("steps").replaceChildren(make("p", { class: "nothing" }, `This page has room for the ${data.unit}s of the worst ${data.subjectUnit}s only. To see those of this one, check the same files with --device and its ID.`));
      $("now").replaceChildren();
      return;
    }
    const start = Math.floor(state.step / PER_STEPS) * PER_STEPS;
    if (start !== from) {
      from = start;
      const gaps = new Set(s.steps.gaps), rows = [];
      for (let n = start; n < Math.min(start + PER_STEPS, size); n++) {
        if (gaps.has(n)) rows.push(make("tr", { class: "gap" }, make("td", { colspan: 8 }, `${data.unit}s without findings left out`)));
        rows.push(stepRow(s, n));
      }
      $("steps").replaceChildren(table([["#"], ["Line"], ["Call"], ["Session"], ["Replay ID of"], ["State after"], ["Result"], ["Findings"]], rows, `${data.unit}s in order`));
    }
    for (const row of $("steps").querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    const row = $("steps").querySelector(`tr[data-step="${state.step}"]`);
    row.setAttribute("aria-current", "step");
    within($("steps"), row, 40);
    const now = s.steps.now[state.step];
    for (const bar of $("trace-strip").querySelectorAll(".session")) bar.classList.toggle("on", bar.dataset.first <= now && now <= bar.dataset.last);
    $("now").replaceChildren(...nowPanel(s, state.step));
    light(s);
    const codes = (s.steps.found[state.step] || []).map(([code, message]) => `${code}: ${saying(message)}`).join("; ");
    $("live").textContent = `Step ${state.step + 1} of ${size}, line ${s.steps.line[state.step]}: ${texts[s.steps.call[state.step]]}, ${result(s.steps.ok[state.step])}. ${codes}`;
  }
  function within(box, inner, margin) { // scrolls the box, never the page
    const outer = box.getBoundingClientRect(), at = inner.getBoundingClientRect();
    if (at.top < outer.top + margin) box.scrollTop += at.top - outer.top - margin;
    else if (at.bottom > outer.bottom) box.scrollTop += at.bottom - outer.bottom + margin;
  }
  function light(s) {
    const parts = new Map();
    for (const part of $("chart").querySelectorAll("[data-at]")) {
      part.classList.remove("on", "been");
      parts.set(part.dataset.at, part);
    }
    for (const text of $("chart").querySelectorAll("text.on")) text.classList.remove("on");
    let last = null;
    const mark = (n, kind) => {
      for (const way of s.steps.ways[n]) {
        const [states, arrows, saidIn, first, count] = charts[s.mode][way];
        const reached = kind === "on" ? [states[1]] : states;
        for (const name of [...reached, ...arrows]) if (parts.has(name)) parts.get(name).classList.add(kind);
        if (kind === "on" && parts.has(saidIn)) {
          const lines = parts.get(saidIn).querySelectorAll("text");
          for (let k = first; k < first + count; k++) if (lines[k]) lines[k].classList.add("on");
          last = parts.get(states[1]) || last;
        }
      }
      if (!s.steps.ways[n].length && kind === "on" && parts.has(texts[s.steps.state[n]])) {
        last = parts.get(texts[s.steps.state[n]]);
        last.classList.add("on");
      }
    };
    for (let n = 0; n < state.step; n++) mark(n, "been");
    mark(state.step, "on");
    if (last) within($("chart"), last, 48);
  }
  function nextFinding() {
    const { steps } = subjects[state.subject];
    for (let n = state.step + 1; n < steps.line.length; n++) if (steps.found[n] || steps.notes[n]) return n;
    return -1;
  }

  // ---- where we are is in the address, so that a link goes there ----
  function go(subject, step) {
    const was = state.subject;
    state.subject = subject;
    state.step = Math.max(0, Math.min(step, subjects[subject].steps.line.length - 1));
    history.replaceState(null, "", `#${data.subjectUnit}=${subject + 1}&step=${state.step + 1}`);
    $("explore").hidden = true;
    $("trace").hidden = false;
    drawTrace();
    if (was !== subject) {
      $("trace-heading").focus({ preventScroll: true });
      $("trace").scrollIntoView({ block: "start" });
    }
  }
  function back() {
    state.subject = -1;
    history.replaceState(null, "", "#explore");
    $("trace").hidden = true;
    $("explore").hidden = false;
    $("explore-heading").focus({ preventScroll: true });
    $("explore").scrollIntoView({ block: "start" });
  }
  function arrive() {
    const found = /^#[a-z]+=(\d+)&step=(\d+)$/.exec(location.hash);
    if (found && subjects[found[1] - 1]) go(found[1] - 1, found[2] - 1);
  }
  const to = (step) => go(state.subject, step);
  const last = () => subjects[state.subject].steps.line.length - 1;

  let waiting;
  $("text").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); });
  for (const id of ["severity", "code", "state"]) $(id).addEventListener("change", refresh);
  document.querySelector(".filter").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  $("by-sessions").hidden = !sessions.length;
  for (const name of Object.keys(UNITS)) $(`by-${name}`).addEventListener("click", () => view(name));
  if (data.axis) {
    $("lane-before").addEventListener("click", () => { state.lanes--; drawLanes(); });
    $("lane-after").addEventListener("click", () => { state.lanes++; drawLanes(); });
  }
  $("page-before").addEventListener("click", () => { state.page--; draw(); });
  $("page-after").addEventListener("click", () => { state.page++; draw(); });
  for (const button of document.querySelectorAll("button[data-code]")) {
    button.addEventListener("click", () => {
      if (state.subject >= 0) back();
      clear();
      $("code").value = button.dataset.code;
      view("findings");
      $("explore-heading").focus({ preventScroll: true });
      $("explore").scrollIntoView({ block: "start" });
    });
  }
  for (const button of document.querySelectorAll("button[data-subject]")) {
    button.addEventListener("click", () => {
      state.subject = -1;
      go(Number(button.dataset.subject), firstFinding(button.dataset.subject));
    });
  }
  $("back").addEventListener("click", back);
  $("subject-before").addEventListener("click", () => go(state.subject - 1, firstFinding(state.subject - 1)));
  $("subject-after").addEventListener("click", () => go(state.subject + 1, firstFinding(state.subject + 1)));
  $("first").addEventListener("click", () => to(0));
  $("before").addEventListener("click", () => to(state.step - 1));
  $("after").addEventListener("click", () => to(state.step + 1));
  $("last").addEventListener("click", () => to(last()));
  $("next-finding").addEventListener("click", () => to(nextFinding()));
  $("trace").addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || $("chart").contains(event.target)) return;
    const next = { ArrowDown: state.step + 1, ArrowRight: state.step + 1, ArrowUp: state.step - 1, ArrowLeft: state.step - 1, Home: 0, End: last() }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    to(next);
  });
  window.addEventListener("hashchange", arrive);
  refresh();
  arrive();
})();
