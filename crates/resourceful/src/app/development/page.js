"use strict";

// The last requests, again and again while somebody looks.
const requests = document.getElementById("requests");
const state = document.getElementById("state");

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/development/requests");
    if (!answer.ok) throw new Error(String(answer.status));
    // The server has escaped every text in it.
    requests.innerHTML = await answer.text();
    state.textContent = "";
  } catch {
    state.textContent = "The server does not answer.";
  }
}

setInterval(refresh, 2000);
document.addEventListener("visibilitychange", refresh);

// A token for the chosen user, with the chosen permissions.
const place = document.querySelector(".token");
if (place) {
  const user = document.getElementById("user");
  const boxes = [...place.querySelectorAll("input[name=permission]")];
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const count = () => {
    document.getElementById("count").textContent = `${chosen().length} of ${boxes.length}`;
  };
  const choose = () => {
    const theirs = user.selectedOptions[0].dataset.permissions.split(" ");
    for (const box of boxes) box.checked = theirs.includes(box.value);
    count();
  };
  user.addEventListener("change", choose);
  for (const box of boxes) box.addEventListener("change", count);
  choose();

  const shown = document.getElementById("shown");
  const copied = document.getElementById("copied");

  async function copy(text) {
    try {
      const answer = await fetch(place.dataset.path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ sub: user.value, permissions: chosen() }),
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.detail);
      shown.value = text(body.token);
      shown.hidden = false;
    } catch (error) {
      copied.textContent = `There is no token: ${error.message}`;
      return;
    }
    try {
      await navigator.clipboard.writeText(shown.value);
      copied.textContent = "Copied. The token is valid for an hour.";
    } catch {
      shown.select();
      copied.textContent = "The browser does not allow to copy it; it is selected below.";
    }
  }

  document.getElementById("copy").addEventListener("click", () => copy((token) => token));
  document.getElementById("curl").addEventListener("click", () =>
    copy((token) => `curl -H 'Authorization: Bearer ${token}' '${location.origin}${place.dataset.first}'`));
}
