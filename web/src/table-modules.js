// The modules of Tabulator that the pages use.
export {
  AccessorModule,
  DownloadModule,
  ExportModule,
  FilterModule,
  FormatModule,
  FrozenColumnsModule,
  InteractionModule,
  ResizeColumnsModule,
  ResizeTableModule,
  SortModule,
} from "tabulator-tables";
