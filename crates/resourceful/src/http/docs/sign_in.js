"use strict";

// Development only: signs the page in as a user who can be chosen. A token that is about to expire is replaced before a
// request is sent. `window.signIn` is for start.js.
window.signIn = (() => {
  const place = document.getElementById("sign-in");
  const { users, token: path } = JSON.parse(place.dataset.signIn);
  const OWN = "own";
  const MEMORY = "sign-in-user";
  const SCHEME = "bearer";
  // The token that this script got, and from when on it gets another one.
  let mine = null;
  let until = 0;
  let begun = false;

  const choice = document.createElement("select");
  choice.id = "sign-in-user";
  choice.style.cssText = "font:inherit;padding:4px 8px;max-width:100%";
  for (const { key, name, may } of users) choice.add(new Option(`${name}, who ${may}`, key));
  choice.add(new Option("Nobody, or a token of your own (Authorize)", OWN));
  choice.value = localStorage.getItem(MEMORY) ?? users[0].key;
  if (choice.selectedIndex < 0) choice.selectedIndex = 0;
  const label = document.createElement("label");
  label.append("Signed in as ", choice);
  const said = document.createElement("span");
  said.id = "sign-in-state";
  said.setAttribute("role", "status");
  said.style.marginLeft = "12px";
  place.style.cssText = "max-width:1460px;margin:0 auto;padding:12px 20px;font:15px/1.5 system-ui,sans-serif";
  place.append(label, said);

  async function sign() {
    const user = choice.value;
    const answer = await fetch(place.dataset.base + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user }),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail);
    // Another user was chosen meanwhile.
    if (user !== choice.value) return;
    mine = body.token;
    until = Date.now() + body.expiresIn * 500;
    window.ui.preauthorizeApiKey(SCHEME, mine);
    said.textContent = "";
  }

  const tell = (error) => {
    said.textContent = `Not signed in: ${error.message}`;
  };

  choice.addEventListener("change", () => {
    localStorage.setItem(MEMORY, choice.value);
    mine = null;
    window.ui.authActions.logout([SCHEME]);
    if (choice.value !== OWN) sign().catch(tell);
  });

  return {
    begin() {
      // The page tells it for each document that it has read.
      if (begun) return;
      begun = true;
      if (choice.value !== OWN) sign().catch(tell);
    },
    async fresh(request) {
      // A token that was entered by hand stays as it is.
      const isMine = mine !== null && request.headers?.Authorization === `Bearer ${mine}`;
      if (isMine && Date.now() > until) {
        await sign().catch(tell);
        request.headers.Authorization = `Bearer ${mine}`;
      }
      return request;
    },
  };
})();
