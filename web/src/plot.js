// Builds assets/plot.js: the parts of Observable Plot that the pages use.
export {
  areaY, binX, cell, dot, gridX, linearRegressionY, lineY, link, plot, pointer, rectY, ruleX, ruleY, text, tip,
} from "@observablehq/plot";
