"use strict";
// Without this script the page is a form and its answer; with it the answer follows what is typed.

const form = document.getElementById("planner");
const place = document.getElementById("answer-place");
let waiting = null;
let running = null;

async function refresh() {
  const query = new URLSearchParams(new FormData(form)).toString();
  if (running) running.abort();
  running = new AbortController();
  place.setAttribute("aria-busy", "true");
  try {
    const response = await fetch("answer?" + query, { signal: running.signal });
    place.innerHTML = await response.text();
    history.replaceState(null, "", "?" + query);
    place.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") {
      place.textContent = "The planner does not answer; is it still running?";
      place.removeAttribute("aria-busy");
    }
  }
}

if (form) {
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    // Another outcome has other units and numbers: the whole form is made anew.
    if (event.target.name === "outcome") form.submit();
    else waiting = setTimeout(refresh, 300);
  });
}

// What is typed but not yet in the link goes with a choice, and with an upload.
for (const link of document.querySelectorAll("[data-sd]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    form.elements.sd_shock.value = link.dataset.sd;
    refresh();
  });
}

const own = document.getElementById("authorities");
if (own) {
  own.addEventListener("submit", () => {
    own.action = "authorities?" + new URLSearchParams(new FormData(form)).toString();
  });
}

const job = document.getElementById("job");

async function follow() {
  const state = await (await fetch(job.dataset.state)).json();
  document.getElementById("bar").value = state.share;
  const left = state.left ? `, about ${state.left} left` : "";
  document.getElementById("told").textContent = `${state.state}: ${state.share}%${left}`;
  if (state.state === "running" || state.state === "waiting") setTimeout(follow, 2000);
  else location.reload();
}

if (job && (job.dataset.now === "running" || job.dataset.now === "waiting")) {
  setTimeout(follow, 1000);
}
