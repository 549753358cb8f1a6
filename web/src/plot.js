// The parts of Observable Plot that the pages use.
export {
  areaY, axisX, axisY, barX, cell, crosshair, dot, frame, gridX, gridY, linearRegressionY, lineY, link, plot, pointer, rectY, binX, ruleX,
  ruleY, text, tickX, tip,
} from "@observablehq/plot";
