"use strict";
// Everything from data goes through textContent: nothing here makes markup from text.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { texts, rules, subjects, findings, charts } = data;
  const PER_PAGE = 50, PER_STEPS = 100;
  const RANKS = { error: 0, warning: 1, info: 2 };
  const $ = (id) => document.getElementById(id);
  const say = (n) => n.toLocaleString("en");
  const some = (n, name) => `${say(n)} ${name}${n === 1 ? "" : "s"}`;
  const severity = (code) => rules[code][1];

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
  function badge(kind, text) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "shape");
    svg.setAttribute("viewBox", "0 0 12 12");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPES[kind]);
    svg.append(path);
    return make("span", { class: `badge ${kind}` }, svg, text);
  }
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
  const state = { view: "subjects", page: 0, shown: [], subject: -1, step: 0 };
  const placeOf = (n) => {
    const file = texts[findings.file[n]] || "";
    return findings.line[n] === null ? file : `${file}:${findings.line[n]}`;
  };
  let hay = { subjects: null, findings: null };
  function haystack(view) {
    if (!hay[view]) {
      hay[view] = view === "subjects"
        ? subjects.map((s) => `${s.name} ${s.mode} ${s.first} ${s.last} ${Object.keys(s.codes).join(" ")}`.toLowerCase())
        : findings.code.map((code, n) =>
          `${texts[findings.name[n]]} ${placeOf(n)} ${code} ${rules[code][0]} ${findings.session[n]} ${findings.message[n]}`.toLowerCase());
      if (view === "subjects") { // what its findings say is found too
        const more = haystack("findings");
        findings.subject.forEach((s, n) => { if (s >= 0 && hay.subjects[s].length < 20000) hay.subjects[s] += ` ${more[n]}`; });
      }
    }
    return hay[view];
  }

  function filtered() {
    const text = $("text").value.trim().toLowerCase(), code = $("code").value, kind = $("severity").value;
    const size = state.view === "subjects" ? subjects.length : findings.code.length;
    const hays = text ? haystack(state.view) : null;
    const shown = [];
    for (let n = 0; n < size; n++) {
      if (text && !hays[n].includes(text)) continue;
      if (state.view === "subjects") {
        if (code && !subjects[n].codes[code]) continue;
        if (kind && !subjects[n].worst[RANKS[kind]]) continue;
      } else {
        if (code && findings.code[n] !== code) continue;
        if (kind && severity(findings.code[n]) !== kind) continue;
      }
      shown.push(n);
    }
    return shown;
  }

  function subjectRow(n) {
    const s = subjects[n];
    const codes = Object.entries(s.codes).sort(([a], [b]) => RANKS[severity(a)] - RANKS[severity(b)] || (a < b ? -1 : 1));
    const sessions = s.first ? (s.first === s.last ? time(s.first) || s.first : `${time(s.first) || s.first} \u2192 ${time(s.last) || s.last}`) : "none";
    return make("tr", {},
      make("th", { scope: "row" }, make("button", { type: "button", class: "link id", onclick: () => go(n, firstFinding(n)) }, s.name)),
      make("td", { "data-name": "Findings" }, make("span", { class: "chips" }, ...codes.map(([code, count]) => badge(severity(code), `${code} \u00d7 ${say(count)}`)))),
      make("td", { class: "n", "data-name": units }, say(s.events)),
      make("td", { "data-name": "Sessions" }, sessions),
      make("td", { "data-name": "Mode" }, s.mode));
  }
  function findingRow(n) {
    const code = findings.code[n], at = findings.subject[n], name = texts[findings.name[n]];
    const step = at >= 0 ? stepAt(at, findings.file[n], findings.line[n], code) : -1;
    const target = step >= 0 ? make("button", { type: "button", class: "link id", onclick: () => go(at, step) }, placeOf(n)) : placeOf(n);
    return make("tr", {},
      make("td", {}, codeBadge(code)),
      make("th", { scope: "row", class: "id" }, target),
      make("td", { "data-name": "Message" }, findings.message[n]),
      make("td", { "data-name": data.subjectUnit, class: "id" }, name));
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
    const unit = view === "subjects" ? data.subjectUnit : "finding";
    const size = view === "subjects" ? subjects.length : findings.code.length;
    $("count").textContent = shown.length === size ? some(size, unit) : `${say(shown.length)} of ${some(size, unit)}`;
    const list = !part.length ? make("p", { class: "nothing" }, size ? "Nothing matches this filter." : `No ${unit} to show.`)
      : view === "subjects"
        ? table([[title], ["Findings"], [units, "n"], ["Sessions"], ["Mode"]], part.map(subjectRow), `${title}s, worst first`)
        : table([["Finding"], ["Place"], ["Message"], [data.subjectUnit]], part.map(findingRow), "Findings");
    $("list").replaceChildren(list);
    $("pages").hidden = pages === 1;
    $("page-now").textContent = `Page ${say(state.page + 1)} of ${say(pages)}`;
    $("page-before").disabled = state.page === 0;
    $("page-after").disabled = state.page === pages - 1;
    $("by-subject").setAttribute("aria-pressed", view === "subjects");
    $("by-finding").setAttribute("aria-pressed", view === "findings");
  }
  function refresh() { state.page = 0; state.shown = filtered(); draw(); }
  function view(name) { state.view = name; refresh(); }

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
    return `${file ? `${file}:` : ""}${line === null ? "" : line}${path ? ` ${path}` : ""}`;
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
    if (typeof id !== "number") return make("span", { class: "id" }, id);
    const at = time(id), label = lanes.get(id);
    return make("span", {}, label ? make("strong", {}, label) : null, label ? " " : null, make("span", { class: "id" }, `${id}`), at ? ` (${at})` : null);
  }
  function nowPanel(s, n) {
    const { steps } = s, carried = steps.replay[n], now = steps.now[n], own = sessionOfReplay(s, n);
    const name = texts[steps.call[n]];
    const parts = [make("h3", {}, `${name[0].toUpperCase()}${name.slice(1)}: ${result(steps.ok[n])}${steps.state[n] === null ? "" : `, ${texts[steps.state[n]].replace("_", " ")}`}`)];
    const behind = own !== null && now && own !== now ? make("strong", {}, `, ${span(own - now)} ${own < now ? "behind" : "ahead of"} the replay session`) : null;
    const rows = [["Place", place(s, n)], ["Its session ID", told(steps.session[n])], ["Replay session after it", told(now || null)],
      ["Replay ID on it", carried === null ? "none" : make("span", {}, make("span", { class: "id" }, typeof carried === "number" ? `${s.name}/${carried}` : carried), own ? make("span", {}, ": session ", make("strong", {}, lanes.get(own) || "")) : null, behind)]];
    parts.push(make("dl", {}, ...rows.flatMap(([key, value]) => [make("dt", {}, key), make("dd", {}, value)])));
    for (const [code, message] of steps.found[n] || []) {
      parts.push(make("div", { class: `finding ${severity(code)}` },
        make("p", {}, badge(severity(code), severity(code)), " ", explained(code), ": ", message),
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
      $("trace-heading").textContent = data.subjectUnit === "counterexample" ? s.name : `${title} ${s.name}`;
      const more = s.events - size;
      const isOther = data.subjectUnit === "device" && data.arrives[s.mode] !== "event";
      const hint = isOther ? ` In the diagram, an event of a log is "${data.arrives[s.mode]}": its session ID was filled in by then.` : "";
      $("trace-told").textContent = `${s.mode}; ${some(s.events, data.unit)}${more ? `: shown ${say(size)} of ${say(s.events)}, those around its findings` : ""}; ${some(lanes.size, "session")} in order of their IDs, S1 first.${hint}`;
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
      $("steps").replaceChildren(make("p", { class: "nothing" }, "This report has room for the events of the worst only."));
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
    $("now").replaceChildren(...nowPanel(s, state.step));
    light(s);
    const codes = (s.steps.found[state.step] || []).map(([code, message]) => `${code}: ${message}`).join("; ");
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
  for (const id of ["severity", "code"]) $(id).addEventListener("change", refresh);
  document.querySelector(".filter").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  $("by-subject").addEventListener("click", () => view("subjects"));
  $("by-finding").addEventListener("click", () => view("findings"));
  $("page-before").addEventListener("click", () => { state.page--; draw(); });
  $("page-after").addEventListener("click", () => { state.page++; draw(); });
  for (const button of document.querySelectorAll("button[data-code]")) {
    button.addEventListener("click", () => {
      if (state.subject >= 0) back();
      $("text").value = $("severity").value = "";
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
