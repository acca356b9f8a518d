export { bareHost } from './bare-host.ts'
export { systemClock } from './clock.ts'
export {
  CONFIG_KEY_SOURCES,
  type ConfigKeySettings,
  type ConfigKeySource,
  configKeyFile,
  configKeySettings,
  FILE_KEY_ONLY,
  NEXT_FOR_KEY_FILE,
  readConfigKey,
  withoutOwn,
} from './config-key.ts'
export { type ConnectionCost, connectionCost } from './connection-cost.ts'
export { copySeqs, rememberCopySeqs } from './copy-seqs.ts'
export { countSources } from './count-sources.ts'
export { currentUserName } from './current-user-name.ts'
export { type FoundPreset, findPresets, type PresetPlaces } from './find-presets.ts'
export { createFolderCache } from './folder-cache.ts'
export { type Home, makePrivateDir, openHome, RecordedProof } from './home.ts'
export { containers } from './hooks/containers.ts'
export { dumpDatabase } from './hooks/dump-database.ts'
export {
  type HookCommand,
  hookCommandsFile,
  readHookCommands,
  writeHookCommands,
} from './hooks/hook-commands.ts'
export { runInGroup } from './hooks/run-in-group.ts'
export { installedProgram } from './installed-program.ts'
export { findKeyring, type Keyring } from './keyring.ts'
export { type FolderPage, listFolders } from './list-folders.ts'
export { lockPlace } from './lock-place.ts'
export { createPlacedTree, type Placement } from './placed-tree.ts'
export { type PowerSource, powerSource } from './power-source.ts'
export { previewExcludes } from './preview-excludes.ts'
export { printablePath } from './printable-path.ts'
export { systemRandom } from './random.ts'
export { type ProgramEnd, runProgram } from './run-program.ts'
export { agentExitOf } from './service/agent-exit.ts'
export { createMachineService, type MachineService } from './service/machine-service.ts'
export { type ServiceSettings, serviceSettings } from './service/service-settings.ts'
export { renderSystemdUnit } from './service/systemd-unit.ts'
export { shownCertificate } from './shown-certificate.ts'
export { createSourceTree } from './source-tree.ts'
export type { ExcludePreview, Omitted, SourceCount } from './survey-tally.ts'
export { createTargetTree } from './target-tree.ts'
export { walkThread } from './walk-thread.ts'
export { BOOTSTRAPS_FOLDER, type BootstrapReport, writeBootstraps } from './write-bootstraps.ts'
