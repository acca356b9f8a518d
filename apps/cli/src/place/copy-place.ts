import type { VaultPlace } from '@holdfast/domain'
import { resolvePlace } from '@holdfast/rclone'
import type { Call } from '../program.ts'
import { asPlaceText } from './place-text.ts'

/** The place of a second copy as the user typed it. INPUT_INVALID, REMOTE_REFUSED. */
export function copyPlace({ settings }: Pick<Call, 'settings'>, text: string): VaultPlace {
  return resolvePlace(asPlaceText(text), Buffer.from(settings.cwd).toString())
}
