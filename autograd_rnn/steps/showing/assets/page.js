"use strict";
// The page's steps are its list items; this script shows one of them large, lights its nodes in the picture and moves about.
const find = (id) => document.getElementById(id);
const { levels: columns, leaders, quantities, words } = JSON.parse(find("walk").textContent);
const order = Object.keys(columns), levels = {}, fine = ["op", "component"];
for (const name of order) { // a level's steps, from its fields
  const fields = Object.entries(columns[name]);
  levels[name] = columns[name].text.map((_, k) => Object.fromEntries(fields.map(([field, values]) => [field, values[k]])));
}
const item = (level, number) => find(`${level}-${number}`) ?? (deliver(), find(`${level}-${number}`));
const row = (level, number) => item(level, number).firstElementChild;
const record = () => levels[level][number - 1];
let level = document.body.dataset.level, number = Number(document.body.dataset.number), here = null;

function crumb(of, n) {
  const step = levels[of][n - 1];
  return `step ${n} of ${levels[of].length}, ` + (step.t === null ? "" : `t=${step.t}, `) + words[step.rule];
}

function deliver() { // the finest lists come when they are first asked for: a page opens sooner without them
  const { texts, lists } = JSON.parse(find("later").textContent);
  find("later").textContent = '{"texts":[],"lists":[]}';
  for (const [of, items] of lists) {
    const list = document.createElement("ol");
    list.innerHTML = items.map(([text, numbers]) => filled(texts[text], numbers.split(" "))).join("");
    if (!find(of)) list.className = "component";
    (find(of) ?? document.querySelector(".all")).append(list);
  }
}

function filled(text, numbers) { // a text with its numbers put in
  return text.map((part, k) => part + (numbers[k] ?? "")).join("");
}

const place = (id) => levels[id.split("-")[0]][id.split("-")[1] - 1]; // "op-7" is step 7 of level op

function copied(part, to) {
  const from = row(level, number).querySelector(part);
  to.replaceChildren(...(from ? [...from.cloneNode(true).childNodes] : []));
  return to;
}

function values(step) {
  return step.numbers.map((k) => quantities[k]);
}

function show() {
  const step = record(), all = levels[level];
  document.body.dataset.level = level;
  find("crumb").textContent = crumb(level, number);
  copied(".after", find("equation"));
  copied(".values", find("inserted"));
  find("before").hidden = !copied(".before", find("start")).hasChildNodes();
  const [sentence, ...proof] = words[step.reason].split("\n");
  find("reason").textContent = sentence;
  find("proof").textContent = proof.map((line) => line.trimStart()).join("\n");
  find("why").hidden = !words[step.reason];
  find("quantities").hidden = !step.numbers.length;
  find("valued").hidden = !values(step).some(([, , value]) => value);
  find("values").replaceChildren(...values(step).map((cells) => {
    const line = document.createElement("tr");
    cells.slice(0, 3).forEach((text, k) => {
      const cell = line.appendChild(document.createElement(k ? "td" : "th"));
      cell.textContent = text;
      if (!k) cell.scope = "row";
    });
    return line;
  }));
  find("uses").replaceChildren(...(step.depends.length ? [`It uses step${step.depends.length > 1 ? "s" : ""} `, ...listed(step.depends), "."] : []));
  find("where").textContent = words[step.where] && `Code: ${words[step.where]}.`;
  find("ahead").replaceChildren(...(number < all.length ? [...row(level, number + 1).querySelector(".after").cloneNode(true).childNodes] : []));
  find("slider").max = all.length;
  find("slider").value = number;
  find("slider").setAttribute("aria-valuetext", crumb(level, number));
  find("first").disabled = find("back").disabled = number === 1;
  find("next").disabled = find("last").disabled = find("together").disabled = number === all.length;
  find("into").disabled = !inner();
  find("out").disabled = !outer();
  for (const button of document.querySelectorAll(".levels button")) button.setAttribute("aria-pressed", button.value === level);
  find("live").textContent = `${crumb(level, number)}: ${find("equation").innerText || step.text}`;
  light(step, all);
  unroll();
  history.replaceState(null, "", `#/${level}-${number}`); // a hash that names no element: the browser does not scroll to it
}

function listed(numbers) {
  return numbers.flatMap((n, k) => {
    const link = document.createElement("a");
    link.href = `#${level}-${n}`;
    link.textContent = n;
    return k ? [", ", link] : [link];
  });
}

function light(step, all) {
  const pictures = [...document.querySelectorAll(".picture")], own = pictures.find((picture) => picture.dataset.levels.split(" ").includes(level));
  pictures.forEach((picture) => { picture.hidden = picture !== own; });
  document.querySelector("main").className = own ? own.dataset.shape : "";
  document.querySelectorAll(".picture .lit, .picture .used").forEach((node) => node.classList.remove("lit", "used"));
  const put = (ids, name) => ids.forEach((id) => find(id)?.classList.add(name));
  const lit = fine.includes(level) ? step.mark.slice(0, 1) : step.mark; // there the others are what it came by
  [...step.depends.flatMap((n) => all[n - 1].mark), ...step.mark].forEach((id) => lit.includes(id) || put([id], "used"));
  put(lit, "lit");
  const frame = own?.querySelector(".frame"), first = frame?.querySelector(".lit");
  if (first) {
    const there = first.getBoundingClientRect(), box = frame.getBoundingClientRect();
    frame.scrollLeft += there.left + there.width / 2 - box.left - box.width / 2;
    frame.scrollTop += there.top + there.height / 2 - box.top - box.height / 2;
  }
}

function together() { // past all steps that are the same in form as one before
  const next = leaders[level].find((n) => n > number) ?? levels[level].length;
  const times = levels[level].slice(number, next - 1).map((step) => step.t).filter((t) => t !== null), passed = next - 1 - number;
  go(level, next);
  if (passed > 0) find("crumb").textContent += `. ${times.length ? `t = ${times[0]} ... ${times.at(-1)}: ` : ""}the same in form, ${passed} step${passed > 1 ? "s" : ""} taken together`;
}

function unroll() { // the outline down to the current step
  here?.classList.remove("here");
  here?.removeAttribute("aria-current");
  here = item(level, number);
  here.classList.add("here");
  here.setAttribute("aria-current", "step");
  for (let around = here.parentElement.closest("li"); around; around = around.parentElement.closest("li")) open(around, true);
  const root = here.closest(".all > ol");
  document.querySelectorAll(".all > ol").forEach((list) => list.classList.toggle("shown", list === root));
}

function open(node, yes) {
  if (yes && node.matches(".of-op")) deliver();
  node.classList.toggle("open", yes);
  node.querySelector(":scope > .step > .fold")?.setAttribute("aria-expanded", yes);
}

function go(to, n) {
  level = to;
  number = Math.min(Math.max(1, n), levels[to].length);
  show();
}

function inner() {
  const finer = order[order.indexOf(level) + 1];
  const n = finer ? levels[finer].findIndex((step) => step.parent === number) + 1 : 0;
  return n ? [finer, n] : null;
}

function outer() {
  const coarser = order[order.indexOf(level) - 1], parent = record().parent;
  return coarser && parent ? [coarser, parent] : null;
}

function change(to) { // to another level, keeping the place: through the steps' parents, else by the time step
  const t = record().t, direction = order.indexOf(to) > order.indexOf(level) ? inner : outer;
  while (level !== to) {
    const place = direction();
    if (!place) break;
    [level, number] = place;
  }
  if (level !== to) [level, number] = [to, levels[to].findIndex((step) => step.t === t) + 1 || 1];
  show();
}

function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean), found = [];
  for (const name of words.length ? [level, ...order.filter((other) => other !== level)] : []) {
    levels[name].forEach((step, k) => {
      const told = `${crumb(name, k + 1)} ${step.node} ${step.text}`.toLowerCase();
      if (words.every((word) => told.includes(word))) found.push([name, k + 1, step.text]);
    });
  }
  find("found").replaceChildren(...found.slice(0, 40).map(([name, n, told]) => {
    const entry = document.createElement("li"), link = entry.appendChild(document.createElement("a"));
    link.href = `#${name}-${n}`;
    link.textContent = `${name} ${n}:  ${told}${name === "component" ? `, ${words[levels[name][n - 1].rule]}` : ""}`;
    return entry;
  }));
  if (words.length) find("live").textContent = found.length ? `${found.length} steps found` : "no step found";
}

function tip(event) {
  const symbol = event.target.closest("[data-q]"), node = event.target.closest(".picture .node");
  const owner = event.target.closest(".all li");
  const step = owner ? place(owner.id) : event.target.closest("#ahead") ? levels[level][number] : record();
  const own = symbol ? values(step).filter(([name]) => name === symbol.dataset.q) : [];
  const inside = node ? quantities.filter((entry) => entry[3].includes(node.id)) : [];
  const said = node ? [node.getAttribute("aria-label")] : [];
  const lines = [...own, ...inside].filter(([, , value]) => value).map(([name, shape, value]) => `${name}   ${shape}\n${value}`);
  find("tip").hidden = !lines.length && !node;
  if (find("tip").hidden) return;
  find("tip").textContent = [...said, ...lines.slice(0, 8)].join("\n");
  const box = find("tip").getBoundingClientRect(), edge = document.documentElement.clientWidth - box.width - 8;
  find("tip").style.left = `${Math.max(4, Math.min(event.clientX + 14, edge)) + scrollX}px`;
  find("tip").style.top = `${event.clientY + 18 + scrollY}px`;
}

const keys = {
  ArrowRight: () => go(level, number + 1),
  ArrowLeft: () => go(level, number - 1),
  ArrowDown: () => inner() && go(...inner()),
  ArrowUp: () => outer() && go(...outer()),
  Home: () => go(level, 1),
  End: () => go(level, levels[level].length),
  t: () => number < levels[level].length && together(),
  w: () => { find("why").open = !find("why").open; },
  "/": () => find("search").focus(),
};

for (const words of document.querySelectorAll(".picture .node > title")) { // a node's own words go into our hover text: not two at once
  words.parentElement.setAttribute("aria-label", words.textContent);
  words.remove();
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { find("search").value = ""; search(""); document.activeElement.blur(); find("tip").hidden = true; return; }
  if (event.target.matches("input") || event.ctrlKey || event.altKey || event.metaKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
document.addEventListener("mouseover", tip);
for (const [id, key] of [["first", "Home"], ["back", "ArrowLeft"], ["next", "ArrowRight"], ["together", "t"], ["last", "End"], ["into", "ArrowDown"], ["out", "ArrowUp"]])
  find(id).addEventListener("click", keys[key]);
for (const button of document.querySelectorAll(".levels button")) button.addEventListener("click", () => change(button.value));
find("slider").addEventListener("input", (event) => go(level, Number(event.target.value)));
find("search").addEventListener("input", (event) => search(event.target.value));
find("search").addEventListener("keydown", (event) => { if (event.key === "Enter") find("found").querySelector("a")?.click(); });
find("fold").addEventListener("click", () => document.querySelectorAll(".all li.open").forEach((node) => open(node, false)));
find("unfold").addEventListener("click", () => document.querySelectorAll(".all .shown li").forEach((node) => open(node, true)));
find("same").addEventListener("click", () => {
  const on = document.querySelector(".all").classList.toggle("together");
  find("same").setAttribute("aria-pressed", on);
});
document.querySelector(".all").addEventListener("click", (event) => {
  if (event.target.matches(".fold")) open(event.target.closest("li"), event.target.getAttribute("aria-expanded") !== "true");
});

function arrive() { // a link or the address names a step
  const [name, n] = location.hash.replace(/^#\/?/, "").split("-");
  if (!levels[name]?.[n - 1]) return false;
  find("found").replaceChildren();
  go(name, Number(n));
  return true;
}
window.addEventListener("hashchange", () => { if (arrive()) window.scrollTo(0, 0); });
if (document.querySelectorAll(".all > ol > li[data-same]").length > 40) find("same").click(); // a long list begins short
if (!arrive()) show();
