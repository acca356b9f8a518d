/** Every page of the export: the service worker keeps these so that the app opens with the agent off. */
export const PRECACHED_PAGES = [
  '/',
  '/ops/',
  '/restore/',
  '/settings/',
  '/settings/plan/',
  '/settings/notifications/',
  '/audit/',
  '/reports/',
  '/recover/',
  '/setup/',
  '/pair/',
  '/~offline/',
]

/** What pages need besides their own chunks, from public/ and from the app's metadata files. */
export const PRECACHED_FILES = ['/manifest.webmanifest', '/theme.js', '/icons/192.png']
