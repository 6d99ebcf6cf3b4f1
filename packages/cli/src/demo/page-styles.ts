import { PALETTES } from '../report/stylesheet.js';

/** The page's style sheet: the report's colours, one column on a phone, two above. */
export const PAGE_STYLES = `${PALETTES}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:1rem clamp(.9rem,3vw,2.5rem) 3rem;max-width:70rem;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:.25rem 0}
h2{font-size:1.2rem;margin:1.5rem 0 .5rem}
h3{font-size:1rem;margin:1rem 0 .25rem}
p{margin:.35rem 0;max-width:46rem}
.muted,figcaption{color:var(--muted);font-size:.9rem}
:focus-visible{outline:3px solid var(--first);outline-offset:2px}
button,input[type=number]{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--muted);border-radius:.4rem;padding:.35rem .8rem;min-height:2.5rem}
button{cursor:pointer}button:hover{border-color:var(--first)}
input[type=number]{width:5.5rem}
input[type=range]{accent-color:var(--first);min-height:2rem;min-width:0;flex:1}
.buttons{display:inline-flex;flex-wrap:wrap;gap:.5rem}
.first{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:0 2.5rem}
.drawing{display:flex;flex-wrap:wrap;gap:1rem}
.pad{width:min(100%,22rem);height:auto;aspect-ratio:1;background:var(--panel);border:1px solid var(--muted);border-radius:.5rem;touch-action:none;cursor:crosshair}
.beside{display:flex;flex-direction:column;gap:.75rem}.beside figure{margin:0}
.pixels{display:block;max-width:100%;height:auto;image-rendering:pixelated;border:1px solid var(--rule)}
#rows{margin:.5rem 0;display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
details{margin:.75rem 0}summary{cursor:pointer;color:var(--first)}
#files label{display:block;margin:.4rem 0}
.sliders{max-height:26rem;overflow-y:auto}
.slider{display:grid;grid-template-columns:minmax(4rem,9rem) 1fr 4.5rem;gap:.75rem;align-items:center}
output,.number{text-align:right;font-variant-numeric:tabular-nums}
#answer{font-size:1.5rem;font-weight:650;min-height:2.25rem;font-variant-numeric:tabular-nums}
.bars{width:100%;border-collapse:collapse}
.bars th{text-align:left;font-weight:500;padding:.15rem .75rem .15rem 0;white-space:nowrap;width:1%}
.bars .track{width:99%;padding:.15rem 0}
.bars .number{padding-left:.75rem;white-space:nowrap}
.bar{height:1.1rem;min-width:1px;background:var(--first);border-radius:.2rem;opacity:.55}
.bar.negative{background:var(--second)}
.best .bar{opacity:1}.best th,.best td{font-weight:700}
.plan{display:block;width:100%;max-width:60rem;height:auto;background:var(--panel);border:1px solid var(--rule)}
.plan .running{fill:var(--second);fill-opacity:.22}
.plan .block{fill:var(--first);fill-opacity:.18;stroke:var(--first);stroke-width:1}
.plan .alive{fill-opacity:.6}
.player{display:flex;gap:1rem;align-items:center;max-width:60rem;margin:.5rem 0}
.player button{min-width:5rem}
#step-text{min-height:3rem;font-variant-numeric:tabular-nums;font-size:.9rem}
#layers{display:flex;flex-wrap:wrap;gap:1rem}
.layer{margin:0;padding:.6rem;border:2px solid var(--rule);border-radius:.5rem;max-width:100%}
.layer figcaption{margin-bottom:.4rem;max-width:21rem}.layer strong{color:var(--text)}
.layer .range{display:block;font-variant-numeric:tabular-nums}
.layer.running{border-color:var(--second)}
#failure{color:var(--bad);font-weight:600}
#status{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:48rem){.beside{flex-flow:row wrap}.first{grid-template-columns:minmax(0,1fr)}.slider{grid-template-columns:5rem 1fr 4rem}}
`;
