import { expect, it } from 'vitest'
import { checkCopyPlace, isSamePlace } from './copy-place.ts'
import type { VaultPlace } from './vault-place.ts'

const folder = (path: string): VaultPlace => ({ kind: 'folder', path })
const remote = (name: string, path: string): VaultPlace => ({ kind: 'remote', remote: name, path })

it('a second copy is neither the vault itself nor inside it nor around it', () => {
  for (const [vault, copy] of [
    [folder('/a/b'), folder('/a/b/')],
    [folder('/a/b'), folder('/a/b/c')],
    [folder('/a/b'), folder('/a')],
    [remote('nas', 'backup'), remote('nas', 'backup/')],
    [remote('nas', ''), remote('nas', 'x')],
  ] as const)
    expect(() => checkCopyPlace(vault, copy)).toThrow(/vault/)
})

it('a second copy may lie beside the vault and on another remote', () => {
  for (const [vault, copy] of [
    [folder('/a/b'), folder('/a/bc')],
    [folder('/a'), remote('nas', 'a')],
    [remote('nas', 'a'), remote('box', 'a')],
    [remote('nas', 'a'), remote('nas', '/a')],
  ] as const) {
    expect(() => checkCopyPlace(vault, copy)).not.toThrow()
    expect(isSamePlace(vault, copy)).toBe(false)
  }
})
