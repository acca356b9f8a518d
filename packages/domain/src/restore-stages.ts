/** In which order a machine comes back: what programs need to be themselves, what people work on, what is big. */
export const RESTORE_STAGES = ['settings', 'documents', 'media'] as const
export type RestoreStage = (typeof RESTORE_STAGES)[number]

const SETTINGS = /^(\..+|etc|bin|bootstraps?|local|opt)$/i
const MEDIA =
  /^(pictures|photos?|videos?|movies|films?|music|dcim|camera( roll)?|downloads?|bilder|musik|vm|vms|virtual ?machines|games|steam|.*\.(iso|img|vmdk|vdi|qcow2|mp4|mkv|mov|avi))$/i

/** To which stage something belongs, by its name. */
export function stageOf(name: string): RestoreStage {
  if (SETTINGS.test(name)) return 'settings'
  return MEDIA.test(name) ? 'media' : 'documents'
}

/** Paths by stage, stages in the order in which they come back; none that is empty. */
export function restoreStages(
  items: readonly { readonly path: string; readonly name: string }[],
): { stage: RestoreStage; paths: string[] }[] {
  return RESTORE_STAGES.map((stage) => ({
    stage,
    paths: items.filter(({ name }) => stageOf(name) === stage).map(({ path }) => path),
  })).filter(({ paths }) => paths.length > 0)
}
