// What the pages gain from a script. Without it every lab, tab, poll and answer is still readable.
"use strict";

(() => {
  const live = document.getElementById("kvorum-live") !== null;

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const post = async (path, body) => {
    let response;
    try {
      response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      throw new Error("No answer: is kvorum learn still running?");
    }
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    const answer = isJson ? await response.json() : { error: await response.text() };
    if (!response.ok) throw new Error(answer.error || response.statusText);
    return answer;
  };

  // Tabs

  const LANGUAGE_KEY = "kvorum-language";
  const remembered = () => {
    try { return localStorage.getItem(LANGUAGE_KEY); } catch { return null; }
  };
  const remember = (language) => {
    try { localStorage.setItem(LANGUAGE_KEY, language); } catch { /* a private window forgets */ }
  };
  const groups = [];

  const makeTabs = (group, number) => {
    const panels = [...group.querySelectorAll(":scope > .tab")];
    const list = element("div", { className: "tab-list" });
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    const buttons = panels.map((panel, index) => {
      const button = element("button", {
        type: "button",
        id: `tab-${number}-${index}`,
        textContent: panel.querySelector(".tab-name").textContent,
      });
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", `panel-${number}-${index}`);
      panel.id = `panel-${number}-${index}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      return button;
    });
    const choose = (language) => {
      const found = panels.findIndex((panel) => panel.dataset.language === language);
      const chosen = Math.max(found, 0);
      panels.forEach((panel, index) => { panel.hidden = index !== chosen; });
      buttons.forEach((button, index) => {
        button.setAttribute("aria-selected", String(index === chosen));
        button.tabIndex = index === chosen ? 0 : -1;
      });
    };
    const chooseAll = (index) => {
      const language = panels[index].dataset.language;
      remember(language);
      groups.forEach((one) => one(language));
      buttons[index].focus();
    };
    buttons.forEach((button, index) => {
      button.addEventListener("click", () => chooseAll(index));
      button.addEventListener("keydown", (event) => {
        const last = buttons.length - 1;
        const target = {
          ArrowRight: index === last ? 0 : index + 1,
          ArrowLeft: index === 0 ? last : index - 1,
          Home: 0,
          End: last,
        }[event.key];
        if (target === undefined) return;
        // Otherwise mdBook turns the page on an arrow key.
        event.preventDefault();
        event.stopPropagation();
        chooseAll(target);
      });
    });
    list.append(...buttons);
    group.prepend(list);
    group.classList.add("ready");
    groups.push(choose);
    choose(remembered());
  };

  // Labs that run what the reader writes

  const makeLab = (lab, number) => {
    const original = lab.dataset.script.trim();
    const label = element("label", { htmlFor: `try-${number}`, textContent: "Run it yourself" });
    const box = element("textarea", {
      id: `try-${number}`,
      value: original,
      rows: original.split("\n").length + 1,
      spellcheck: false,
    });
    const run = element("button", { type: "button", textContent: "Run", title: "Ctrl+Enter" });
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      run.click();
    });
    const reset = element("button", { type: "button", className: "plain", textContent: "Reset" });
    const note = element("span", { className: "note" });
    const output = element("div", { className: "try-output" });
    output.setAttribute("aria-live", "polite");
    run.addEventListener("click", async () => {
      run.disabled = true;
      note.textContent = "running ...";
      try {
        const answer = await post("/api/run", { script: box.value });
        // The server escaped every text in this; it is the same HTML as above.
        output.innerHTML = answer.html;
        const diagram = element("details", {}, element("summary", { textContent: "Every message of the run" }));
        const figure = element("figure", { className: "picture" });
        figure.innerHTML = answer.trace_svg;
        diagram.append(figure);
        output.append(diagram);
        note.textContent = answer.passed ? `trace ${answer.trace_hash}` : "not everything is as stated";
      } catch (refused) {
        output.replaceChildren(element("p", { className: "refused", textContent: refused.message }));
        note.textContent = "";
      }
      run.disabled = false;
    });
    reset.addEventListener("click", () => {
      box.value = original;
      output.replaceChildren();
      note.textContent = "";
    });
    const bar = element("div", { className: "try-bar" }, run, reset, note);
    lab.querySelector(".lab-run").append(element("div", { className: "try" }, label, box, bar, output));
  };

  // Predictions that are committed before the run is unfolded. In the plain book they stay in the page.

  const sameText = (text) => text.toLowerCase().replace(/["'`[\]{}():.]/g, " ").replace(/\berror\b/g, " ")
    .replace(/;/g, " ; ").split(/,|\band\b|&/).map((part) => part.trim().replace(/\s+/g, " ")).filter((part) => part).sort().join(", ");

  const numberIn = (text, unit) => {
    for (const found of text.matchAll(/-?\d+(?:\.\d+)?/g)) {
      if (text.slice(found.index + found[0].length).trimStart().startsWith(unit)) return Number(found[0]);
    }
    return NaN;
  };

  // As the server judges: the same values in other words, or a number that is off by 5% at most.
  const agrees = (printed, told) => {
    if (sameText(told) === sameText(printed)) return true;
    const [, digits, unit] = told.match(/^~*\s*(-?[\d.]*)\s*([a-z%]*)/i);
    const withUnit = numberIn(printed, unit);
    const came = Number.isNaN(withUnit) ? numberIn(printed, "") : withUnit;
    return digits !== "" && Math.abs(Number(digits) - came) <= 0.05 * Math.abs(came);
  };

  const makePrediction = (lab, number) => {
    const run = lab.querySelector(".lab-run");
    const { path, ask, printed } = lab.dataset;
    const shownAt = performance.now();
    const field = element("input", { type: "text", id: `predict-${number}`, autocomplete: "off" });
    const label = element("label", { htmlFor: field.id }, "What does the line ", element("code", { textContent: `${ask}:` }), " print?");
    const commit = element("button", { type: "submit", textContent: "Commit" });
    const outcome = element("p", { className: "outcome" });
    outcome.setAttribute("aria-live", "polite");
    const form = element("form", { className: "prediction" }, label, element("div", { className: "question-bar" }, field, commit), outcome);
    field.addEventListener("keydown", (event) => event.stopPropagation());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const told = field.value.trim();
      if (told === "") { outcome.textContent = "Write down what you expect first."; return; }
      commit.disabled = true;
      let right = agrees(printed, told);
      let kept = "";
      if (live && path) {
        try {
          const answer = await post("/api/predict", {
            lab: path, step: ask, prediction: told, elapsed_ms: Math.round(performance.now() - shownAt),
          });
          right = answer.right;
          kept = " Kept in your record.";
        } catch (refused) {
          kept = ` Not kept: ${refused.message}`;
        }
      }
      field.disabled = true;
      outcome.replaceChildren(element("strong", { textContent: right ? "✓ As it went." : "✗ It went otherwise." }),
        " You said ", element("q", { textContent: told }), "; the engine printed ", element("q", { textContent: printed }), `.${kept}`);
      run.open = true;
    });
    run.before(form);
  };

  // Polls: the side that is unfolded first counts.

  const makePoll = (poll) => {
    const { lesson, vote } = poll.dataset;
    const shownAt = performance.now();
    let voted = false;
    [...poll.querySelectorAll("details")].forEach((side, index) => {
      side.addEventListener("toggle", async () => {
        if (!side.open || voted) return;
        voted = true;
        const note = element("p", { className: "kept" });
        note.setAttribute("aria-live", "polite");
        side.append(note);
        try {
          const answer = await post("/api/vote", {
            lesson: Number(lesson), vote, side: index + 1, elapsed_ms: Math.round(performance.now() - shownAt),
          });
          note.textContent = answer.opening
            ? `Before the lesson you chose “${answer.opening.text}”, which ${answer.opening.holds ? "holds" : "does not hold"}. Kept in your record.`
            : "Kept in your record.";
        } catch (refused) {
          note.textContent = `Not kept: ${refused.message}`;
        }
      });
    });
  };

  // Questions that the server grades and records

  // The bank's texts mark code with backticks.
  const prose = (text) => text.split("`").map((part, index) =>
    index % 2 === 1 ? element("code", { textContent: part }) : document.createTextNode(part));

  const paragraph = (className, text) => element("p", { className }, ...prose(text));

  const verdictOf = (verdict) => {
    const shown = element("div", { className: "verdict-box" });
    const partial = verdict.partial ? ` (${verdict.partial.hit} of ${verdict.partial.of})` : "";
    shown.append(element("p", {
      className: verdict.right ? "verdict is-right" : "verdict is-wrong",
      textContent: (verdict.right ? "✓ Right" : "✗ Not right") + partial,
    }));
    for (const note of verdict.notes) {
      shown.append(element("p", { className: "feedback" },
        note.right ? "✓ " : "✗ ", ...(note.about ? [element("strong", {}, ...prose(note.about)), ": "] : []), ...prose(note.text)));
    }
    shown.append(paragraph("key", `The answer: ${verdict.key}`), paragraph("", verdict.explanation));
    shown.append(element("p", { className: "interview" }, element("strong", { textContent: "Say it: " }), ...prose(verdict.interview)));
    shown.append(paragraph("source", `Source: ${verdict.source}`));
    return shown;
  };

  // The inputs of a question, and how to read the answer from them as one line of text.
  const inputsOf = (question, number) => {
    const { kind, accepts } = question.dataset;
    if (kind === "single" || kind === "multiple") {
      const inputs = [...question.querySelectorAll(".options > li")].map((item, index) => {
        const input = element("input", {
          type: kind === "single" ? "radio" : "checkbox",
          name: `question-${number}`,
          value: String(index + 1),
        });
        item.replaceChildren(element("label", {}, input, element("span", {}, ...item.childNodes)));
        return input;
      });
      const read = () => inputs.filter((input) => input.checked).map((input) => input.value).join(" ");
      return { fields: [], read, missing: kind === "single" ? "choose one" : "choose at least one" };
    }
    const field = element(kind === "short" ? "textarea" : "input", { rows: 3 });
    if (kind !== "short") field.type = "text";
    field.addEventListener("keydown", (event) => event.stopPropagation());
    const label = element("label", {}, element("span", { textContent: accepts }), field);
    return { fields: [label], read: () => field.value, missing: accepts };
  };

  const makeQuestion = (question, number) => {
    const answer = question.querySelector(".answer");
    const where = answer.querySelector(".where");
    answer.remove();
    const shownAt = performance.now();
    let hints = 0;
    const { fields, read, missing } = inputsOf(question, number);
    const check = element("button", { type: "submit", textContent: "Check" });
    const hint = element("button", { type: "button", className: "plain", textContent: "Hint" });
    const outcome = element("div", { className: "outcome" });
    outcome.setAttribute("aria-live", "polite");
    const form = element("form", {}, ...fields);
    const options = question.querySelector(".options");
    if (options) form.prepend(options);
    form.append(element("div", { className: "question-bar" }, check, hint), outcome);
    hint.addEventListener("click", () => {
      hints += 1;
      hint.disabled = true;
      form.insertBefore(paragraph("feedback", question.dataset.hint), outcome);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const line = read();
      if (line.trim() === "") {
        outcome.replaceChildren(paragraph("refused", missing));
        return;
      }
      check.disabled = true;
      try {
        const verdict = await post("/api/answer", {
          id: question.dataset.id,
          answer: line,
          hints,
          elapsed_ms: Math.round(performance.now() - shownAt),
        });
        outcome.replaceChildren(verdictOf(verdict), where);
        hint.remove();
        check.textContent = "Kept in your record";
      } catch (refused) {
        outcome.replaceChildren(paragraph("refused", refused.message));
        check.disabled = false;
      }
    });
    question.append(form);
  };

  // What mdBook's own page lacks for keyboards and screen readers: its menu switch is a label without a role, and code
  // that scrolls sideways cannot be reached.
  document.getElementById("mdbook-sidebar-toggle")?.setAttribute("role", "button");
  document.querySelectorAll("pre > code, .table-wrapper").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  });

  document.querySelectorAll(".tabs").forEach(makeTabs);
  document.querySelectorAll(".lab[data-ask]").forEach(makePrediction);
  if (live) document.querySelectorAll(".poll[data-vote]").forEach(makePoll);
  if (live) document.querySelectorAll(".question").forEach(makeQuestion);
  if (live) document.querySelectorAll(".lab").forEach(makeLab);
})();
