/* Dualtrack in the browser. Everything here is optional: each page works without it. No inline code, no eval, and
   no text of people in localStorage.

   data-theme-toggle   link: light or dark at once; kept in the cookie of this name, which the server reads
   data-errors         summary of faults: takes the focus when the page opens
   data-autosave       form: sent 2 s after typing, when a field is left for another and when the page is put away; its .saved line says how it stands,
                       in the words of its data-say- attributes; the server answers with words and version as JSON,
                       or with a token when the form's own is too old
   data-sign-in        link in such a form, shown when the sign-in has ended
   data-unsaved        form: leaving the page with changes asks first (autosave forms do so by themselves)
   data-item           entry of a list for j and k, and for x where it has a box; data-search: the field for /
   data-line           link to a field with a file: its line with this number is chosen
   data-comment        the field for c; data-primary: the button for Ctrl+Enter
   data-busy           in a form whose answer takes its time: says these words once it has been waited for
   data-preview        button, shown by the script: posts its form to this address and shows or hides the answer
   data-gone           part that asks for news: where to go when it is not open to the reader any more
   data-kept           the page is kept by the browser: coming back to it asks whether it still stands
   data-over           template: what takes the place of the page once its sign-in is over; data-idle, data-life: in
                       seconds when that is; data-ask: an address that says whether one is still in
   data-clock          counts on from these seconds; data-minutes: what is meant for it, beyond which it is marked */
(function () {
  "use strict";
  const root = document.documentElement;
  const wait = 2000;
  const quick = 1000; // an answer that takes longer is told of; a save on its way for less arrives without the page
  const mostKeptAlive = 60000; // bytes of a save that a browser sends on by itself once the page is left

  /* ---- theme, focus, reasons ---- */
  function toggleTheme(cookie) {
    const isDark = root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = isDark ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = cookie + "=" + root.dataset.bsTheme + "; path=/; max-age=31536000; samesite=lax" + secure;
  }
  function goToLine(area, number) {
    const lines = area.value.split("\n");
    const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[number - 1] || "").length);
    const height = area.scrollHeight / lines.length;
    area.scrollTop = Math.max(0, (number - 5) * height);
  }
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-theme-toggle]");
    if (toggle) {
      event.preventDefault();
      toggleTheme(toggle.dataset.themeToggle);
    }
    const fault = event.target.closest("a[data-line]");
    if (fault) { event.preventDefault(); goToLine(document.querySelector(fault.getAttribute("href")), Number(fault.dataset.line)); }
    const blocked = event.target.closest("[aria-disabled=true]");
    if (blocked) {
      event.preventDefault();
      const why = document.getElementById(blocked.getAttribute("aria-describedby"));
      if (why) { why.tabIndex = -1; why.focus(); }
    }
  });
  const faults = document.querySelector("[data-errors]");
  if (faults) { faults.focus(); }
  const current = document.querySelector(".nav-jobs [aria-current]");
  const row = current && current.closest("ul");
  if (row && row.scrollWidth > innerWidth) { row.scrollLeft = current.offsetLeft - 24; }

  /* ---- going back to a page that the browser kept ---- */
  addEventListener("pageshow", (event) => {
    const [entry] = performance.getEntriesByType("navigation");
    const isBack = event.persisted || (entry && entry.type === "back_forward");
    if (isBack && "kept" in root.dataset) { location.reload(); }
  });

  /* ---- unsaved and autosave ---- */
  const signs = { saved: "M4 10.5l4 4 8-9", unsaved: "M3 10a7 7 0 1014 0a7 7 0 10-14 0M10 6v4l3 2", failed: "M10 3l8 14H2zM10 8v4M10 14.5v.1" }; // as macros/ui.html draws them
  const states = new WeakMap(); // form → {timer, isDirty, isBusy, since, held, isSent}
  let leaves = 0; // how often the page was about to be left since a form was sent: the sending itself is the first
  function stateOf(form) {
    if (!states.has(form)) { states.set(form, { timer: 0, isDirty: false, isBusy: false }); }
    return states.get(form);
  }
  function say(form, state, text) {
    const line = form.querySelector(".saved");
    if (!line || !text) { return; }
    line.dataset.state = state;
    const sign = line.querySelector(".ico path");
    if (sign) { sign.setAttribute("d", signs[state]); }
    const spot = line.querySelector("[data-saved-words]");
    if (spot.textContent !== text) { spot.textContent = text; }
  }
  function watched(target) { return target.closest && target.closest("form[data-autosave], form[data-unsaved]"); }
  document.addEventListener("input", (event) => {
    const form = watched(event.target);
    if (!form) { return; }
    const state = stateOf(form);
    state.isDirty = true;
    say(form, "unsaved", form.dataset.sayUnsaved);
    if (!form.hasAttribute("data-autosave")) { return; }
    clearTimeout(state.timer);
    state.timer = setTimeout(save, wait, form);
  });
  document.addEventListener("focusout", (event) => {
    const form = watched(event.target);
    const next = event.relatedTarget;
    if (next && next.type === "submit" && next.form === form) { return; } // the button sends it
    if (next && next.matches("[data-sign-in]")) { return; } // saved when one comes back
    if (form && form.hasAttribute("data-autosave") && stateOf(form).isDirty) { save(form); }
  });
  document.addEventListener("submit", (event) => {
    const state = stateOf(event.target);
    clearTimeout(state.timer);
    if (state.isBusy) { event.preventDefault(); state.held = { button: event.submitter }; return; } // sent once its version is known
    state.isSent = state.isDirty;
    state.isDirty = false;
    leaves = 0;
  });
  document.addEventListener("submit", (event) => {
    const spot = event.target.querySelector("[data-busy]");
    if (spot && !event.defaultPrevented) { setTimeout(() => { spot.textContent = spot.dataset.busy; }, quick); }
  });
  function isUnsaved(patience = 0) {
    return [...document.querySelectorAll("form[data-autosave], form[data-unsaved]")].map(stateOf).some((state) =>
      state.isDirty || (state.isSent && leaves > 1) || (state.isBusy && (state.held || Date.now() - state.since >= patience)));
  }
  addEventListener("beforeunload", (event) => {
    leaves += 1;
    if (isUnsaved(quick)) { event.preventDefault(); }
  });

  /* ---- pages that follow along, asking every two seconds ---- */
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.target.closest("form[data-autosave]")) { return; } // it keeps its text, and its own line says how it stands
    const answer = event.detail.xhr;
    const isClosed = answer.status === 404 || answer.getResponseHeader("HX-Redirect"); // to this reader, from now on
    if (isClosed) { document.querySelector("main").replaceChildren(); } // what is half written holds nothing back
    if (answer.status === 404) { location.assign(event.target.dataset.gone || document.querySelector("a.brand").href); }
    if (answer.status === 401 && !isUnsaved()) { location.reload(); } // to the sign-in
  });

  async function save(form) {
    const state = stateOf(form);
    clearTimeout(state.timer);
    if (state.isBusy || !state.isDirty) { return; }
    state.isBusy = true;
    state.isDirty = false;
    state.since = Date.now();
    say(form, "unsaved", form.dataset.saySaving);
    const body = new URLSearchParams(new FormData(form));
    body.delete("request_key"); // a key stands for one deliberate sending
    let answer = null;
    try {
      answer = await fetch(form.dataset.autosave || form.action, { method: "POST", body, headers: { "X-Autosave": "1" }, redirect: "error", keepalive: String(body).length < mostKeptAlive });
    } catch (error) { answer = null; }
    if (answer && answer.ok) { await took(form, answer); } else { state.isDirty = true; }
    const isRenewed = answer && answer.status === 400 && await renew(form, answer);
    state.isBusy = false;
    if (isRenewed && !state.held) { save(form); return; }
    if (!answer || !answer.ok) { failed(form, answer); }
    if (state.held) { const button = state.held.button; state.held = null; form.requestSubmit(button); return; }
    if (state.isDirty && answer && answer.ok) { state.timer = setTimeout(save, wait, form); }
  }
  async function took(form, answer) {
    const told = await answer.json();
    used = Date.now();
    const version = form.querySelector("input[name=version]");
    if (version) { version.value = told.version; }
    const link = form.querySelector("[data-sign-in]");
    if (link) { link.hidden = true; }
    if (!stateOf(form).isDirty) { say(form, "saved", told.words); }
  }
  async function renew(form, answer) { // a sign-in from scratch in another tab: the form takes the token of now
    const field = form.querySelector("input[name=csrf_token]");
    const told = await answer.json().catch(() => ({}));
    if (!told.token || !field || field.value === told.token) { return false; }
    document.querySelectorAll("input[name=csrf_token]").forEach((each) => { each.value = told.token; });
    return true;
  }
  const refusals = { 409: "sayConflict", 422: "sayRefused", 413: "sayRefused", 403: "sayGone", 404: "sayGone" }; // sending the form shows why
  function failed(form, answer) {
    const status = answer ? answer.status : 0;
    const isOut = status === 401 || status === 400;
    const link = form.querySelector("[data-sign-in]");
    if (link) { link.hidden = status !== 401; }
    say(form, "failed", form.dataset[refusals[status] || (isOut ? "sayOut" : "sayLost")]);
    if (!refusals[status]) { stateOf(form).timer = setTimeout(save, 5 * wait, form); }
  }
  function saveAll() { document.querySelectorAll("form[data-autosave]").forEach(save); }
  addEventListener("online", saveAll);
  addEventListener("focus", saveAll); // back from the tab in which one signed in
  document.addEventListener("visibilitychange", () => { if (document.hidden) { saveAll(); } }); // put away or closed: a phone ends pages unasked

  /* ---- a page whose sign-in is over is taken off the screen; unsent words stay until they are saved ---- */
  const opened = Date.now();
  let used = opened;
  function findOver() { return document.querySelector("template[data-over]"); }
  function takeAway() {
    const over = findOver();
    if (!over || isUnsaved()) { return; }
    document.title = over.dataset.over;
    document.body.replaceChildren(over.content.cloneNode(true));
  }
  function lookAtTime() {
    const over = findOver();
    const now = Date.now();
    if (over && (now - used > 1000 * over.dataset.idle || now - opened > 1000 * over.dataset.life)) { takeAway(); }
  }
  async function askWhetherIn() { // back at a page: one may have signed out in another tab
    const over = findOver();
    if (document.hidden || !over) { return; }
    lookAtTime();
    let answer = null;
    try { answer = await fetch(over.dataset.ask, { method: "HEAD", headers: { "HX-Request": "true" } }); } catch (error) { return; }
    if (answer.status === 401) { takeAway(); } else { used = Date.now(); }
  }
  setInterval(lookAtTime, 15 * wait);
  document.addEventListener("visibilitychange", askWhetherIn);
  document.addEventListener("htmx:afterOnLoad", () => { used = Date.now(); });

  /* ---- preview ---- */
  document.querySelectorAll("[data-preview]").forEach((button) => { button.hidden = false; });
  async function preview(button) {
    const place = document.getElementById(button.getAttribute("aria-controls"));
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    place.hidden = isOpen;
    if (isOpen) { place.replaceChildren(); return; }
    let answer = null;
    try {
      answer = await fetch(button.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(button.form)), headers: { "X-Autosave": "1" }, redirect: "error" });
    } catch (error) { answer = null; }
    if (answer && answer.ok) {
      const shown = new DOMParser().parseFromString(await answer.text(), "text/html"); // made safe by the server
      place.replaceChildren(...shown.body.childNodes);
      return;
    }
    place.textContent = answer ? button.form.dataset.sayOut : button.form.dataset.sayLost;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preview]");
    if (button) { preview(button); }
  });

  /* ---- keys ---- */
  const items = [...document.querySelectorAll("[data-item]")];
  let at = -1;
  function isTyping(target) {
    return target.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(radio|checkbox)$/.test(target.type));
  }
  function move(step) {
    if (!items.length) { return; }
    at = Math.max(0, Math.min(items.length - 1, at + step));
    (items[at].querySelector("th a, th button") || items[at].querySelector("a, button, input") || items[at]).focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      const button = event.target.form.querySelector("[data-primary]");
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    const asked = event.key === "Escape" && !isTyping(event.target) && event.target.closest(".option details[open], details.option[open]");
    if (asked) { asked.open = false; asked.querySelector("summary").focus(); }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") { return; }
    const comment = document.querySelector("[data-comment]");
    if (event.key === "j") { move(1); }
    if (event.key === "k") { move(-1); }
    const box = at >= 0 && items[at].querySelector("input[type=checkbox]");
    if (event.key === "x" && box) { box.click(); }
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); }
    if (event.key === "c" && comment) { event.preventDefault(); comment.focus(); }
    const keys = document.querySelector("a[data-key-list]");
    if (event.key === "?" && keys) { location.href = keys.href; }
  });

  /* ---- the time box of a case ---- */
  function tick() {
    document.querySelectorAll("[data-clock]").forEach((spot) => {
      spot.from = spot.from || performance.now() - 1000 * Number(spot.dataset.clock);
      const seconds = Math.floor((performance.now() - spot.from) / 1000);
      spot.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
      spot.classList.toggle("over", seconds >= 60 * Number(spot.dataset.minutes));
    });
  }
  setInterval(tick, 1000);
}());
