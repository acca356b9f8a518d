import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PHASE_PRODUCTION_BUILD } from 'next/constants.js'
import withPWAInit from 'next-pwa'
import { PRECACHED_FILES, PRECACHED_PAGES } from './precached-pages.mjs'

const buildId = sourceHash()

/** What the home screen needs, besides React and Next, in one file instead of a dozen: each costs a phone a round trip. */
const HOME_CHUNKS = ['app/layout', 'app/error', 'app/(shell)/layout', 'app/(shell)/(home)/page']
const HOME_IN_ONE_FILE = {
  name: 'home',
  chunks: 'initial',
  enforce: true,
  priority: 20,
  test: (module, { chunkGraph }) =>
    !module.type.startsWith('css') &&
    [...chunkGraph.getModuleChunksIterable(module)].some(({ name }) => HOME_CHUNKS.includes(name)),
}

/** @type {import('next').NextConfig} */
const config = {
  output: 'export',
  trailingSlash: true,
  images: { unoptimized: true },
  transpilePackages: ['@holdfast/api', '@holdfast/domain'],
  generateBuildId: () => buildId,
  env: { NEXT_PUBLIC_BUILD_ID: buildId },
  poweredByHeader: false,
  // Types are checked by the gate; who installs Holdfast need not wait for it again.
  typescript: { ignoreBuildErrors: true },
}

const withPWA = withPWAInit({
  dest: 'public',
  register: false,
  cacheStartUrl: false,
  dynamicStartUrl: false,
  cacheOnFrontEndNav: false,
  aggressiveFrontEndNavCaching: false,
  reloadOnOnline: false,
  fallbacks: { document: '/~offline/' },
  extendDefaultRuntimeCaching: false,
  workboxOptions: {
    skipWaiting: false,
    clientsClaim: false,
    cleanupOutdatedCaches: true,
    disableDevLogs: true,
    additionalManifestEntries: [...PRECACHED_PAGES, ...PRECACHED_FILES].map((url) => ({
      url,
      revision: buildId,
    })),
    // A page is the same page whatever its query says: /ops/?run=… opens from the cache too.
    ignoreURLParametersMatching: [/.*/],
    // @NOTE the plugin's own runtime caching keeps API answers and holds live streams open; ours never sees /api/.
    runtimeCaching: [
      {
        urlPattern: ({ request, url, sameOrigin }) =>
          sameOrigin && request.mode === 'navigate' && !url.pathname.startsWith('/api/'),
        handler: 'NetworkFirst',
        options: { cacheName: 'pages', networkTimeoutSeconds: 3 },
      },
      {
        urlPattern: ({ url, sameOrigin }) =>
          sameOrigin && url.pathname.endsWith('.txt') && !url.pathname.startsWith('/api/'),
        handler: 'NetworkFirst',
        options: { cacheName: 'rsc', networkTimeoutSeconds: 3, expiration: { maxEntries: 200 } },
      },
    ],
  },
})

export default (phase) => (phase === PHASE_PRODUCTION_BUILD ? withPWA({ ...config, webpack }) : config)

function webpack(built, { isServer, webpack: { BannerPlugin, Compilation } }) {
  if (isServer) return built
  // What a page begins with is compiled whole while it is fetched, beside the page's thread, and not function by
  // function in the middle of starting: a third of the time that a phone does not listen. See v8.dev, compile hints.
  built.plugins.push(
    new BannerPlugin({
      banner: '//# allFunctionsCalledOnLoad',
      raw: true,
      entryOnly: true,
      test: /\.js$/,
      stage: Compilation.PROCESS_ASSETS_STAGE_OPTIMIZE_SIZE + 1,
    }),
  )
  built.optimization.splitChunks.cacheGroups.home = HOME_IN_ONE_FILE
  // The plugin's own registration, which ours replaces; it would bring Workbox's window half to every page.
  built.resolve.alias[fileURLToPath(new URL('sw-entry.js', import.meta.resolve('next-pwa')))] = false
  return built
}

/** The same source gives the same id, so rebuilding an unchanged app asks nobody to reload. */
function sourceHash() {
  const hash = createHash('sha256')
  const sources = [
    '{app,parts,words,trpc}/**/*.{ts,tsx,css}',
    'public/{theme.js,icons/*}',
    'worker/*.ts',
    '*.{mjs,cjs,json}',
    '../../packages/{domain,api}/src/*.ts',
    '../../package-lock.json',
  ]
  for (const path of sources.flatMap((glob) => globSync(glob)).sort())
    hash.update(path).update(readFileSync(path))
  return hash.digest('hex').slice(0, 12)
}
