import { HoldfastError } from '@holdfast/domain'

/** A place as the user typed it, as `resolvePlace` takes it: a plain name is a folder here. */
export function asPlaceText(text: string): string {
  if (text === '') throw new HoldfastError('USAGE', 'The name of the vault is empty.')
  return text.includes(':') || text.startsWith('/') ? text : `./${text}`
}
