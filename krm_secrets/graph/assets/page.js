// The script of the page. It reads the cards, stores and findings that stand in the document, and beside them only what
// the document does not show. Whatever somebody called something reaches the document by `textContent` alone.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, content = "", names = "") => {
    const node = document.createElement(name);
    if (Array.isArray(content)) node.append(...content);
    else node.textContent = content;
    if (names) node.className = names;
    return node;
  };
  const { nodes: facts, edges: ways, texts } = JSON.parse(one("#data").textContent);

  // The model: nodes and edges, in the order of the document.

  const TYPES = { i: "item", f: "file", g: "generator", m: "maker", s: "Secret", x: "Secret", w: "user" };
  const IDS = { i: "item", f: "sopsFile", g: "store", m: "maker", s: "secret", x: "secret", w: "workload" };
  const COLUMNS = { i: 0, f: 0, g: 0, m: 1, s: 2, x: 2, w: 3 };
  const RENEWED = {
    commit: "It changes with the files here.",
    store: "Its operator reads the store again and again.",
    certificate: "It is renewed before the certificate ends.",
    schedule: "It changes by a schedule of its maker.",
    never: "It changes only by hand.",
  };
  const sources = all(".list .store, .list .reader").map((item) => ({
    name: one("b", item).textContent,
    about: one("i", item).textContent,
    where: one("code", item).textContent,
    reader: item.classList.contains("reader"),
  }));
  const findings = all(".list .finding").map((item) => {
    const help = item.parentElement.previousElementSibling;
    return { rule: help.previousElementSibling.textContent, told: one("i", item).textContent, help };
  });
  const cards = all(".p button");
  const nodes = cards.map((card, number) => {
    const [kind = 0, space = 0, name = 0, keys = 0, renewed = 0, above = 0, problems = 0] = facts[number];
    const type = card.classList[0];
    const shown = one("b", card).textContent;
    return {
      number, card, type, piece: card.parentElement, kind: texts[kind], space: texts[space], shown,
      name: name ? texts[name] : shown, keys: Array.isArray(keys) ? keys.map((n) => texts[n]) : null,
      renewed: texts[renewed], above: (above || []).map((n) => sources[n]), problems: (problems || []).map((n) => findings[n]),
      below: one("i", card).textContent, row: +card.classList[1].slice(1), column: COLUMNS[type], up: [], down: [],
    };
  });
  const paths = all(".p path");
  const edges = ways.map(([from, to, keys, line, ...effects], number) => {
    const edge = {
      from: nodes[from], to: nodes[to], keys: (keys || []).map((n) => texts[n]), line, effects: effects.map((n) => texts[n]),
      path: paths[number],
    };
    edge.from.down.push(edge);
    edge.to.up.push(edge);
    return edge;
  });
  const file = (node) => (node.piece.title ? `${node.piece.title}/` : "") + node.card.title;
  const id = (node) => {
    const kind = "mw".includes(node.type) || node.type === "g" || node.type === "i" ? node.kind : "";
    return `${IDS[node.type]}:${[kind, node.space, node.name].filter(Boolean).join("/")}`;
  };
  const reached = (start, next) => {
    const found = new Set([start]);
    for (const node of found) for (const edge of next(node)) found.add(edge.from === node ? edge.to : edge.from);
    return found;
  };
  const way = (node) => new Set([...reached(node, (n) => n.up), ...reached(node, (n) => n.down)]);

  // What is filtered: Secrets with their ways, and what leads to none.

  const isSecret = (node) => node.column === 2;
  const units = [];
  const inWay = new Set();
  for (const node of nodes.filter(isSecret)) {
    const nodesOfWay = [...way(node)];
    nodesOfWay.forEach((each) => inWay.add(each));
    units.push({ node, way: nodesOfWay });
  }
  for (const node of nodes) if (!inWay.has(node)) units.push({ node, way: [...way(node)] });

  const NOT_RESTARTED = "not restarted", UNMADE = "made by nothing", UNUSED = "used by nothing";
  const facets = [
    { key: "only", title: "What to look at", of: (unit) => [
      ...(unit.way.some((n) => n.up.some((e) => e.effects.some((told) => told.startsWith("✗")))) ? [NOT_RESTARTED] : []),
      ...(unit.node.card.classList.contains("gone") ? [UNMADE] : []),
      ...(unit.node.type === "s" && !unit.node.down.length ? [UNUSED] : []),
      ...unit.way.flatMap((n) => (n.card.classList.contains("added") ? ["added"] : n.card.classList.contains("removed") ? ["taken away"] : [])),
    ] },
    { key: "finding", title: "Findings", of: (unit) => unit.way.flatMap((n) => n.problems.map((p) => p.rule)) },
    { key: "namespace", title: "Namespaces", of: (unit) => [unit.node.space === "*" ? "in several namespaces" : unit.node.space || "without a namespace"] },
    { key: "store", title: "Stores", of: (unit) => unit.way.flatMap((n) => n.above.filter((s) => !s.reader).map((s) => s.name)) },
    { key: "reader", title: "Readers of SOPS files", of: (unit) => unit.way.flatMap((n) => n.above.filter((s) => s.reader).map((s) => s.name)) },
    { key: "maker", title: "Made by", of: (unit) => unit.way.filter((n) => n.type === "m").map((n) => n.kind) },
    { key: "user", title: "Used by", of: (unit) => unit.way.filter((n) => n.type === "w").map((n) => n.kind) },
  ];
  for (const unit of units) {
    unit.text = unit.way.map((n) => [n.name, n.shown, n.kind, n.space, file(n), ...(n.keys || []), ...n.above.map((s) => s.name)].join(" "))
      .join("\n").toLowerCase();
    unit.has = facets.map((facet) => new Set(facet.of(unit)));
  }
  const first = [NOT_RESTARTED, UNMADE, UNUSED];
  const rank = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
  for (const [number, facet] of facets.entries()) {
    const names = new Set(units.flatMap((unit) => [...unit.has[number]]));
    facet.chosen = new Set();
    facet.options = [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).map((name) => ({ name }));
  }

  // The controls.

  const search = make("input");
  Object.assign(search, { id: "search", type: "search", placeholder: "Search names, keys and files   /", spellcheck: false });
  search.setAttribute("aria-label", "Search names, keys and files");
  const theme = make("button", "", "plain");
  theme.id = "theme";
  const THEMES = { "": "Theme: auto", light: "Theme: light", dark: "Theme: dark" };
  const showTheme = () => { theme.textContent = THEMES[root.dataset.theme || ""]; };
  theme.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(root.dataset.theme || "") + 1) % names.length];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    showTheme();
  });
  showTheme();
  const help = make("button", "Help", "plain");
  help.id = "help";
  help.addEventListener("click", () => {
    helping = !helping || Boolean(chosen);
    choose(null);
    if (details.firstChild) details.focus();
  });
  one("header").append(search, help, theme);
  const empty = make("p", "Nothing here is like that. Esc shows all again.", "empty");
  empty.hidden = true;
  one("#drawing").append(empty);

  const MOST = 8;
  const panel = make("div");
  for (const facet of facets) {
    if (!facet.options.length) continue;
    const set = make("fieldset", [make("legend", facet.title)]);
    const most = facet.options.length > MOST + 3 ? MOST : facet.options.length;
    for (const [number, option] of facet.options.entries()) {
      option.box = Object.assign(make("input"), { type: "checkbox" });
      option.count = make("output");
      option.label = make("label", [option.box, make("span", option.name), option.count]);
      option.label.title = option.name;
      option.label.hidden = number >= most;
      option.box.addEventListener("change", () => {
        facet.chosen[option.box.checked ? "add" : "delete"](option.name);
        apply();
        remember();
      });
      set.append(option.label);
    }
    if (facet.options.length > most) {
      const more = make("button", `Show all ${facet.options.length}`, "more");
      more.addEventListener("click", () => {
        facet.options.forEach((option) => { option.label.hidden = false; });
        more.remove();
      });
      set.append(more);
    }
    panel.append(set);
  }
  const folded = make("details", [make("summary", "Filters"), panel]);
  folded.open = matchMedia("(min-width: 1081px)").matches;
  one("#filters").append(folded);

  // Filters.

  const pieces = all(".p").map((piece) => ({ piece, nodes: [], edges: [], shown: true }));
  const byElement = new Map(pieces.map((each) => [each.piece, each]));
  nodes.forEach((node) => byElement.get(node.piece).nodes.push(node));
  edges.forEach((edge) => byElement.get(edge.from.piece).edges.push(edge));
  const sections = all("#drawing > section:not(.list)").map((section) => ({ section, pieces: all(".p", section).map((p) => byElement.get(p)) }));
  const total = units.filter((unit) => isSecret(unit.node)).length;
  const seen = new Set(nodes);

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = facets.map(() => new Map());
    const visible = new Set();
    let secrets = 0;
    for (const unit of units) {
      if (!words.every((word) => unit.text.includes(word))) continue;
      const failing = [];
      for (const [number, facet] of facets.entries()) {
        if (facet.chosen.size && ![...facet.chosen].some((name) => unit.has[number].has(name))) failing.push(number);
      }
      if (failing.length > 1) continue;
      const counting = failing.length ? failing : facets.keys();
      for (const number of counting) {
        for (const name of unit.has[number]) counts[number].set(name, (counts[number].get(name) || 0) + 1);
      }
      if (failing.length) continue;
      secrets += isSecret(unit.node);
      unit.way.forEach((node) => visible.add(node));
    }
    const everything = visible.size === nodes.length;
    for (const each of pieces) {
      const shown = each.nodes.some((node) => visible.has(node));
      if (shown !== each.shown) each.piece.hidden = !(each.shown = shown);
      if (shown) {
        for (const node of each.nodes) if (visible.has(node) !== seen.has(node)) node.card.classList.toggle("off", !visible.has(node));
        for (const edge of each.edges) edge.path.classList.toggle("off", !(visible.has(edge.from) && visible.has(edge.to)));
      }
    }
    for (const node of nodes) {
      if (visible.has(node) && !seen.has(node)) node.card.classList.remove("off");
      seen[visible.has(node) ? "add" : "delete"](node);
    }
    for (const { section, pieces: own } of sections) section.hidden = !own.some((each) => each.shown);
    all(".list").forEach((list) => { list.hidden = !everything; });
    empty.hidden = visible.size > 0;
    for (const [number, facet] of facets.entries()) {
      for (const option of facet.options) {
        const count = counts[number].get(option.name) || 0;
        option.count.textContent = count;
        option.label.classList.toggle("none", !count && !option.box.checked);
        option.box.checked = facet.chosen.has(option.name);
        if (option.box.checked) option.label.hidden = false;
      }
    }
    const noun = total === 1 ? "Secret" : "Secrets";
    one("#counts").textContent = everything ? `${total} ${noun}` : `${secrets} of ${total} ${noun}`;
    if (chosen && !visible.has(chosen)) choose(null);
    roam();
  }

  // One way: it stays, and the rest fades.

  let chosen = null;
  const details = one("#details");

  function choose(node, quietly = false) {
    for (const each of all(".on, [aria-pressed]")) {
      each.classList.remove("on");
      each.removeAttribute("aria-pressed");
    }
    chosen = node;
    one("#drawing").classList.toggle("way", Boolean(node));
    if (node) {
      node.card.setAttribute("aria-pressed", "true");
      const own = way(node);
      for (const each of own) {
        each.card.classList.add("on");
        each.piece.classList.add("on");
      }
      const up = reached(node, (n) => n.up), down = reached(node, (n) => n.down);
      for (const edge of byElement.get(node.piece).edges) {
        edge.path.classList.toggle("on", (up.has(edge.from) && up.has(edge.to)) || (down.has(edge.from) && down.has(edge.to)));
      }
      roam(node);
    }
    tell(node);
    if (!quietly) remember();
  }

  const title = (node) => [node.kind && !isSecret(node) ? node.kind : TYPES[node.type], node.space && (node.space === "*" ? "in several namespaces" : `in ${node.space}`)].filter(Boolean).join(" ");
  const told = (effect) => make("span", effect, effect.startsWith("↻") ? "good" : effect.startsWith("✗") ? "wrong" : "");

  function link(edge, node) {
    const button = make("button", node.shown, "to");
    const about = [title(node), edge.keys.length ? edge.keys.join(", ") : "all keys"].join(" · ");
    button.append(make("small", about));
    for (const effect of edge.effects) button.append(make("small", [told(effect)]));
    button.addEventListener("click", () => {
      choose(node);
      node.card.scrollIntoView({ block: "center" });
      node.card.focus({ preventScroll: true });
    });
    return make("li", [button]);
  }

  function list(heading, items, names = "") {
    return items.length ? [make("h3", heading), make("ul", items, names)] : [];
  }

  const narrow = matchMedia("(max-width: 720px)");
  const roomy = matchMedia("(min-width: 1500px)");
  let helping = false;

  function tell(node) {
    details.replaceChildren(...(node ? about(node) : helping || roomy.matches ? legend() : []));
  }

  function about(node) {
    const close = make("button", "Close", "plain close");
    close.addEventListener("click", () => { choose(null); node.card.focus(); });
    const parts = [close, make("h2", node.name), make("p", title(node), "kind")];
    if (node.name !== node.shown && node.type === "i") parts.push(make("p", `called ${node.shown}`, "kind"));
    parts.push(make("p", [make("code", file(node))]));
    if (isSecret(node)) {
      if (node.type === "x") parts.push(make("p", node.below, "wrong"));
      if (RENEWED[node.renewed]) parts.push(make("p", RENEWED[node.renewed]));
    }
    parts.push(...list("Findings", node.problems.map((problem) => {
      const help = make("details", [make("summary", "Why, and what to do"), problem.help.cloneNode(true)]);
      return make("li", [make("b", problem.rule, "wrong"), ` ${problem.told}`, help]);
    })));
    if (isSecret(node)) {
      parts.push(...list("Keys", (node.keys || []).map((key) => make("li", key)), "keys"));
      if (!node.keys && node.type === "s") parts.push(make("h3", "Keys"), make("p", "They are not known for certain.", "kind"));
    }
    const sources = node.above.map((source) => make("li", [make("b", source.name), ` ${source.about} `, make("code", source.where)]));
    parts.push(...list(node.type === "f" ? "Who can read it" : "Store", sources));
    const up = { 1: "Fetched from", 2: "Made by", 3: "Uses" }[node.column];
    const makes = node.down.some((edge) => isSecret(edge.to));
    const down = { 0: makes ? "Holds" : "Fetched by", 1: "Makes", 2: "Used by" }[node.column];
    parts.push(...list(up, node.up.map((edge) => link(edge, edge.from))));
    parts.push(...list(down, node.down.map((edge) => link(edge, edge.to))));
    if (node.type === "s" && !node.down.length) parts.push(make("h3", "Used by"), make("p", "nothing here", "kind"));
    return parts;
  }

  function legend() {
    const keys = [
      ["/", "search"], ["← →", "along the way"], ["↑ ↓", "in the column"], ["Enter", "show one way"],
      ["j k", "next, previous problem"], ["Esc", "show all again"], ["?", "this help"],
    ];
    const states = [["↻ restarted", "good"], ["✗ not restarted, or made by nothing", "wrong"], ["– no restart needed", "kind"]];
    const close = make("button", "Close", "plain close");
    close.addEventListener("click", () => { helping = false; tell(null); one("#help").focus(); });
    return [
      ...(helping ? [close] : []),
      make("h2", "The way of every secret"),
      make("p", "Choose a card: its way stays, and the rest fades."),
      ...list("What becomes of a change", states.map(([text, name]) => make("li", text, name))),
      make("h3", "Keyboard"),
      make("dl", keys.flatMap(([key, text]) => [
        make("dt", key.split(" ").flatMap((each) => [make("kbd", each), " "])), make("dd", text),
      ]), "keyboard"),
    ];
  }

  // The keyboard: one card at a time is in the order of the Tab key, and arrows go from card to card.

  cards.forEach((card) => { card.tabIndex = -1; });
  const places = new Map(pieces.map((each, number) => [each.piece, number]));
  const columns = [0, 1, 2, 3].map((column) => nodes.filter((node) => node.column === column)
    .sort((a, b) => places.get(a.piece) - places.get(b.piece) || a.row - b.row));
  let current = null;

  function roam(node = null) {
    if (!node && current && seen.has(current)) return;
    if (current) current.card.tabIndex = -1;
    current = node || nodes.find((each) => seen.has(each)) || null;
    if (current) current.card.tabIndex = 0;
  }

  function go(node) {
    if (!node) return;
    roam(node);
    node.card.focus();
  }

  function beside(node, step) {
    const column = columns[node.column];
    for (let n = column.indexOf(node) + step; n >= 0 && n < column.length; n += step) if (seen.has(column[n])) return column[n];
    return null;
  }

  function across(node, step) {
    const next = (step > 0 ? node.down.map((edge) => edge.to) : node.up.map((edge) => edge.from)).filter((each) => seen.has(each));
    return next.sort((a, b) => Math.abs(a.row - node.row) - Math.abs(b.row - node.row))[0] || null;
  }

  const isProblem = (node) => node.problems.length > 0 || ["wrong", "gone"].some((name) => node.card.classList.contains(name));

  function problem(step) {
    const wrong = nodes.filter((node) => seen.has(node) && isProblem(node));
    if (!wrong.length) return null;
    const at = current ? current.number : -1;
    return step > 0 ? wrong.find((node) => node.number > at) || wrong[0]
      : [...wrong].reverse().find((node) => node.number < at) || wrong[wrong.length - 1];
  }

  const byCard = new Map(nodes.map((node) => [node.card, node]));
  one("#drawing").addEventListener("click", (event) => {
    const node = byCard.get(event.target.closest(".p button"));
    if (!node) return;
    choose(node === chosen ? null : node);
    if (chosen && narrow.matches) node.card.scrollIntoView({ block: "start" });
  });

  const MOVES = {
    ArrowDown: (node) => beside(node, 1), ArrowUp: (node) => beside(node, -1),
    ArrowRight: (node) => across(node, 1), ArrowLeft: (node) => across(node, -1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search;
    const node = byCard.get(document.activeElement);
    if (event.key === "Escape") {
      if (chosen) {
        const before = chosen;
        choose(null);
        go(before);
      } else if (helping) {
        helping = false;
        tell(null);
      } else {
        search.value = "";
        facets.forEach((facet) => facet.chosen.clear());
        apply();
        remember();
      }
    } else if (typing && event.key === "ArrowDown") go(nodes.find((each) => seen.has(each)));
    else if (typing) return;
    else if (event.key === "/") search.focus();
    else if (event.key === "?") one("#help").click();
    else if (event.key === "j" || event.key === "k") {
      const next = problem(event.key === "j" ? 1 : -1);
      if (next) { go(next); choose(next); next.card.scrollIntoView({ block: "center" }); }
    } else if (node && MOVES[event.key]) go(MOVES[event.key](node));
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", () => { apply(); remember(); });

  // What is shown is in the address, so that a link shows the same.

  let written = "";

  function remember() {
    const words = new URLSearchParams();
    if (search.value) words.set("q", search.value);
    for (const facet of facets) for (const name of facet.chosen) words.append(facet.key, name);
    if (chosen) words.set("way", id(chosen));
    written = `#${words}`;
    if (written !== (location.hash || "#")) location.replace(written);
  }

  function recall() {
    const words = new URLSearchParams(location.hash.slice(1));
    search.value = words.get("q") || "";
    for (const facet of facets) facet.chosen = new Set(words.getAll(facet.key));
    apply();
    const wanted = words.get("way");
    const node = wanted && nodes.find((each) => id(each) === wanted);
    choose(node || null, true);
    if (node) node.card.scrollIntoView({ block: "center" });
  }

  addEventListener("hashchange", () => { if (location.hash !== written) recall(); });
  recall();
})();
