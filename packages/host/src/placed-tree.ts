import { HoldfastError } from '@holdfast/domain'
import type { TargetTree } from '@holdfast/vault/ports'
import { asBuffer } from './as-buffer.ts'
import { statAt } from './target-paths.ts'
import { createTargetTree, type FolderTree } from './target-tree.ts'

/** Where what a snapshot holds below a label goes on this machine; an absolute path. */
export type Placement = { readonly label: Uint8Array; readonly path: Uint8Array }

type Spot = {
  readonly tree: FolderTree
  readonly path: Uint8Array
  /** Where in the tree what is removed goes, undefined for nowhere. */
  readonly aside: Uint8Array | undefined
}

/**
 * A target tree whose labels lie in several places: `docs/a` at `/home/ann/docs/a` when `docs` is placed there. What no
 * placement names goes into `rest`, or is refused with TARGET_OUTSIDE without one. With `asideName`, what would be
 * removed is moved instead: out of `/home/ann/docs` into `/home/ann/docs.<asideName>`, under the same path.
 */
export function createPlacedTree(
  placements: readonly Placement[],
  options: { readonly rest?: TargetTree; readonly asideName?: string } = {},
): TargetTree {
  const places = new Map(
    placements.map(({ label, path }) => [textOf(label), placeOf(asBuffer(path), options.asideName)]),
  )

  /** A spot, `root` for the file system's root itself, or the tree for everything else. */
  function find(path: Uint8Array): Spot | 'root' | TargetTree {
    const text = textOf(path)
    const slash = text.indexOf('/')
    const place = places.get(slash === -1 ? text : text.slice(0, slash))
    if (place === undefined) {
      if (options.rest !== undefined) return options.rest
      throw new HoldfastError('TARGET_OUTSIDE', 'The snapshot names a source that has no place here.')
    }
    const below = slash === -1 ? '' : text.slice(slash)
    if (place.name === '' && below === '') return 'root'
    const inTree = place.name === '' ? below.slice(1) : `${place.name}${below}`
    const aside = place.aside === undefined ? undefined : bytesOf(`${place.aside}${below}`)
    return { tree: place.tree, path: bytesOf(inTree), aside }
  }

  function at<T>(path: Uint8Array, use: (tree: TargetTree, path: Uint8Array) => T, atRoot: () => T): T {
    const found = find(path)
    if (found === 'root') return atRoot()
    return isSpot(found) ? use(found.tree, found.path) : use(found, path)
  }
  /** The root is there, and it is nobody's to make or remove. */
  const refuseRoot = (): never => {
    throw new HoldfastError('TARGET_NOT_WRITABLE', 'The root folder itself can not be replaced.')
  }

  return {
    lstat: (path) =>
      at(
        path,
        (tree, inTree) => tree.lstat(inTree),
        () => statAt(Buffer.from('/')),
      ),
    makeDir: (path) => at(path, (tree, inTree) => tree.makeDir(inTree), nothing),
    finishDir: (path, attributes) => at(path, (tree, inTree) => tree.finishDir(inTree, attributes), nothing),
    createFile: (path, how) => at(path, (tree, inTree) => tree.createFile(inTree, how), refuseRoot),
    makeLink: (path, target, attributes) =>
      at(path, (tree, inTree) => tree.makeLink(inTree, target, attributes), refuseRoot),
    makeHardLink(path, existing) {
      const [from, to] = [find(existing), find(path)]
      if (from === 'root' || to === 'root') return refuseRoot()
      if (isSpot(from) && isSpot(to)) to.tree.linkFrom(to.path, from.tree.fullPath(from.path))
      else if (!isSpot(from) && !isSpot(to)) to.makeHardLink(path, existing)
      else throw new HoldfastError('TARGET_NOT_WRITABLE', 'Its other name goes to another folder.')
    },
    makeNode: (path, attributes, device) =>
      at(path, (tree, inTree) => tree.makeNode(inTree, attributes, device), refuseRoot),
    remove(path) {
      const found = find(path)
      if (found === 'root') return refuseRoot()
      if (!isSpot(found)) return found.remove(path)
      const { tree, aside } = found
      if (aside === undefined) return tree.remove(found.path)
      const kind = tree.lstat(found.path)?.kind
      if (kind === 'dir') {
        tree.remove(found.path)
        tree.makeDir(aside)
      } else if (kind !== undefined) tree.move(found.path, aside)
    },
    open: (path) =>
      at(
        path,
        (tree, inTree) => tree.open(inTree),
        () => GONE,
      ),
    readLink: (path) =>
      at(
        path,
        (tree, inTree) => tree.readLink(inTree),
        () => GONE,
      ),
  }
}

const GONE = { problem: 'it is a folder', gone: false } as const

function nothing(): undefined {
  return undefined
}

function isSpot(found: Spot | TargetTree): found is Spot {
  return 'tree' in found
}

function placeOf(
  path: Buffer,
  asideName: string | undefined,
): { tree: FolderTree; name: string; aside: string | undefined } {
  const text = path.toString('latin1').replace(/\/+$/, '')
  const slash = text.lastIndexOf('/')
  const name = text.slice(slash + 1)
  const parent = text.slice(0, Math.max(0, slash))
  return {
    tree: createTargetTree(Buffer.from(parent === '' ? '/' : parent, 'latin1')),
    name,
    aside: asideName === undefined ? undefined : name === '' ? asideName : `${name}.${asideName}`,
  }
}

function textOf(path: Uint8Array): string {
  return asBuffer(path).toString('latin1')
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
