// Builds assets/table.js: Tabulator with only the modules that the pages use.
import { Tabulator } from "tabulator-tables";
import * as modules from "./table-modules.js";

Tabulator.registerModule(Object.values(modules));

export { Tabulator };
