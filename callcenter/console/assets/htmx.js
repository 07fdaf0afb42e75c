/* htmx for the records beside the desk: fragments come from the server and are morphed into the page. */

import htmx from 'htmx.org';
import { Idiomorph } from 'idiomorph/dist/idiomorph.esm.js';

htmx.config.allowEval = false; // the pages' Content-Security-Policy forbids it
htmx.config.includeIndicatorStyles = false; // and styles that do not come from a file of ours

htmx.defineExtension('morph', {
  isInlineSwap: (style) => style.startsWith('morph'),
  handleSwap: (style, target, fragment) => {
    if (!style.startsWith('morph')) return false;
    const morphStyle = style === 'morph:innerHTML' ? 'innerHTML' : 'outerHTML';
    return Idiomorph.morph(target, fragment.children, { morphStyle });
  },
});

window.htmx = htmx;
