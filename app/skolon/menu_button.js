// Draws a button to Min samling into each <div class="skolon-menu-button"> of a tool's page.
(() => {
  const MIN_SAMLING = "MIN_SAMLING";

  // That data-always-show exists is observed, what happens without it is assumed: the button is
  // shown only to whoever came from Skolon, on the page they came to and on the tool's others
  // in the same tab. Browsers may hide where somebody came from, or forbid remembering it.
  const cameFromSkolon = () => {
    const remembered = "skolon-menu-button:" + MIN_SAMLING;
    let came = false;
    try {
      came = new URL(document.referrer).origin === new URL(MIN_SAMLING).origin;
    } catch {
      // There is no referrer.
    }
    try {
      if (came) sessionStorage.setItem(remembered, "1");
      return came || sessionStorage.getItem(remembered) === "1";
    } catch {
      return came;
    }
  };

  const draw = () => {
    const swedish = /^(sv|$)/i.test(document.documentElement.lang);
    const came = cameFromSkolon();
    for (const div of document.querySelectorAll("div.skolon-menu-button")) {
      const isDrawn = div.querySelector("a[data-skolon]") !== null;
      if (isDrawn || !(came || div.dataset.alwaysShow === "true")) continue;
      const link = document.createElement("a");
      link.href = MIN_SAMLING;
      link.dataset.skolon = "";
      link.lang = swedish ? "sv" : "en";
      link.textContent = swedish ? "Min samling i Skolon" : "My collection in Skolon";
      // Property by property: a tool's content security policy may forbid style attributes.
      Object.assign(link.style, {
        display: "inline-block",
        padding: "0.6rem 1rem",
        border: "1px solid #1f3a5f",
        borderRadius: "0.3rem",
        background: "#ffffff",
        color: "#1f3a5f",
        font: "600 1rem/1.4 system-ui, sans-serif",
        textDecoration: "none",
      });
      div.append(link);
    }
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", draw);
  else draw();
})();
