const LIGHT = `--page:#fcfcfa;--panel:#f2f2ee;--text:#1b1b19;--muted:#5b5b56;--rule:#d6d6cf;
--first:#1d5c9e;--second:#b14a06;--good:#176b31;--bad:#b3211a;--warn:#fdf1d3;--warn-edge:#b77a00;
--c0:#1d5c9e;--c1:#b14a06;--c2:#176b31;--c3:#b3211a;--c4:#6a3d9a;--c5:#7a4b2a;--c6:#a3196b;--c7:#4a4a46;--c8:#7a6a00;--c9:#00707d`;

const DARK = `--page:#15171a;--panel:#1f2226;--text:#e9e9e5;--muted:#a9a9a3;--rule:#3b3e44;
--first:#83b9f3;--second:#f2a765;--good:#6fd48a;--bad:#ff9084;--warn:#3a2f14;--warn-edge:#e0b04a;
--c0:#83b9f3;--c1:#f2a765;--c2:#6fd48a;--c3:#ff9084;--c4:#c9a7f0;--c5:#d3b08c;--c6:#f59ad0;--c7:#d0d0cc;--c8:#e0cf5a;--c9:#5fd6e2`;

/** One colour for each of ten classes. */
const CLASS_RULES = Array.from(
  { length: 10 },
  (_, i) => `.plot .class-${i}{fill:var(--c${i});font-weight:600}.plot .class-line-${i}{color:var(--c${i})}`,
).join('\n');

/** What plots look like, in the report and in files of their own. */
const PLOT_RULES = `.plot{display:block;width:100%;height:auto;color:var(--text);font:11px system-ui,sans-serif;overflow:visible}
.plot text{white-space:pre}
.plot .training{color:var(--first)}.plot .testing{color:var(--second)}
.plot .line{stroke:currentColor;stroke-width:1.8;fill:none}.plot .dot{fill:currentColor;stroke:none}
.plot .name{fill:currentColor;font-weight:600}
.plot .right-cell{fill:var(--first)}.plot .wrong-cell{fill:var(--second)}.plot .zero{fill:var(--muted);opacity:.75}
.plot .block{fill:var(--first);fill-opacity:.2;stroke:var(--first);stroke-width:1}
.plot .block-name{stroke:var(--page);stroke-width:3px;stroke-opacity:.75;paint-order:stroke;stroke-linejoin:round}
.plot .lower-bound{stroke:var(--second);stroke-width:1.6}.plot .arena{stroke:var(--text);stroke-width:1.2}
.plot .bar{fill:var(--first);fill-opacity:.55}
.plot .positive{fill:var(--first)}.plot .negative{fill:var(--second)}.plot .cells{shape-rendering:crispEdges}
.plot .paper{fill:var(--panel);stroke:var(--rule);stroke-width:1}
.plot .tile-name{font-weight:600}
${CLASS_RULES}
`;

/** The colours, for light and dark. */
export const PALETTES = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}`;

/** The report's style sheet: two palettes, one layout from a phone to paper, nothing from elsewhere. */
export const STYLESHEET = `
${PALETTES}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:1.25rem clamp(.9rem,3vw,2.5rem) 4rem;max-width:76rem;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.35rem;margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--rule)}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.9em}
a{color:var(--first)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--first);outline-offset:2px}
.muted,footer,.gallery span{color:var(--muted)}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:1.25rem 0 0;padding:0;list-style:none}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13rem),1fr));gap:.75rem;margin:1.25rem 0}
.figures>div{background:var(--panel);border-radius:.5rem;padding:.75rem 1rem;border-left:.25rem solid var(--rule)}
.figures dt{color:var(--muted);font-size:.9rem}
.figures dd{margin:0;color:var(--muted);font-size:.85rem;line-height:1.35}
.figures dd.value{color:var(--text);font-size:1.75rem;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums}
.figures .good{border-left-color:var(--good)}.figures .bad{border-left-color:var(--bad)}
.figures .good .value,.good{color:var(--good)}.figures .bad .value,.bad{color:var(--bad)}
.notice{background:var(--warn);border:1px solid var(--warn-edge);border-left-width:.4rem;border-radius:.5rem;padding:.6rem 1rem;margin:1.25rem 0}
.notice h2{border:0;margin:0;padding:0;font-size:1.05rem}
.notice p{margin:.2rem 0;white-space:pre-line}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1.25rem;margin:.5rem 0}
.facts dt{color:var(--muted)}.facts dd{margin:0}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;margin:.5rem 0;font-size:.92rem;overflow-wrap:normal}
caption{text-align:left;color:var(--muted);padding:.3rem 0;font-size:.9rem}
th,td{padding:.32rem .8rem .32rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);max-width:24rem;overflow-wrap:break-word}
th.prose,td.prose{min-width:9.5rem}
tbody th{position:sticky;left:0;background:var(--page)}
thead th{border-bottom:2px solid var(--rule);vertical-align:bottom;font-size:.85rem;overflow-wrap:normal}
tbody th{font-weight:600}
th.number,td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;max-width:none}
thead th.number{white-space:normal}
tbody tr:hover,tbody tr:hover th{background:var(--panel)}
figure{margin:.75rem 0}
figcaption{color:var(--muted);font-size:.9rem;max-width:46rem}
.side-by-side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:.5rem 2rem}
.side-by-side>*{min-width:0}
details{margin:1rem 0}summary{cursor:pointer;color:var(--first)}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.5rem,1fr));gap:.75rem;padding:0;margin:.75rem 0;list-style:none}
.gallery figure{margin:0}.gallery figcaption{font-size:.8rem;line-height:1.35}
.gallery strong{color:var(--text);font-size:.95rem}.gallery strong,.gallery span{display:block}
.pixels{display:block;width:5.5rem;max-width:100%;background:var(--panel);border:1px solid var(--rule);fill:var(--text);shape-rendering:crispEdges}
.commands{list-style:none;padding:0}.commands p{margin:.1rem 0 1rem;color:var(--muted)}
pre{background:var(--panel);border-radius:.4rem;padding:.6rem .8rem;margin:.4rem 0 .2rem;white-space:pre-wrap}
footer{margin-top:3rem;border-top:1px solid var(--rule);padding-top:.75rem;font-size:.9rem}
${PLOT_RULES}@media (max-width:34rem){h1{font-size:1.5rem}.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem}
.figures>div{padding:.6rem .7rem}.figures dd.value{font-size:1.3rem}.facts{grid-template-columns:1fr}.facts dd{margin-bottom:.5rem}}
@media print{:root{color-scheme:light;${LIGHT};--page:#fff}
body{max-width:none;padding:0;font-size:10pt}nav,summary{display:none}
details::details-content{content-visibility:visible;height:auto}
.scroll{overflow:visible}.scroll>div{min-width:0!important}table{font-size:8pt}th,td,th.prose,td.prose{padding-right:.5rem;min-width:0}tbody th{position:static}
figure,tr,.figures>div,.gallery li,.commands li,.notice{break-inside:avoid}h2,h3,caption{break-after:avoid}
.figures>div,.notice,pre,.pixels{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

/**
 * The style sheet of a picture in a file of its own. Colours are written out, since few programs besides browsers know variables:
 * the light ones, and with `both` the dark ones for those who prefer them.
 */
export function pictureStyle(colours: 'light' | 'both'): string {
  const paint = (palette: string): string => {
    const values = new Map(
      palette
        .replace(/\s/g, '')
        .split(';')
        .map((entry) => entry.split(':') as [string, string]),
    );
    return `.page{fill:var(--page)}\n${PLOT_RULES}`.replace(/var\((--[a-z0-9-]+)\)/g, (_, name: string) =>
      values.get(name)!,
    );
  };
  return colours === 'light' ? paint(LIGHT) : `${paint(LIGHT)}@media (prefers-color-scheme:dark){${paint(DARK)}}`;
}
