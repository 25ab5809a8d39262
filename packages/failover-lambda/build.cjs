// Builds the zips of functions: the same source produces the same bytes on every machine.
const { createHash } = require('node:crypto')
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} = require('node:fs')
const { basename, dirname, join, relative } = require('node:path')

const dist = join(__dirname, 'dist')

/** What Lambda never uses is a quarter of the SDK, and of the time in which a function starts. */
const credentials = join(__dirname, 'src/credentials.ts')

/** The files of which the zip of the controller is made, relative to the repository. */
exports.bundledFiles = () => {
  exports.buildZip()
  return JSON.parse(readFileSync(join(dist, 'failover.files.json'), 'utf8'))
}

exports.buildZip = () => exports.buildZipOf(join(__dirname, 'src/handler.ts'), 'failover')

/** The zip of the release before this one, with the SDK of this one. */
exports.previousZip = () =>
  exports.buildZipOf(join(__dirname, 'releases/handler.ts'), 'previous-release')

/**
 * Builds the zip, unless there is one of the same source and the same packages: each synthesis needs it.
 *
 * @returns {string} its path
 */
exports.buildZipOf = (entryPoint, name, external = []) => {
  const [zipFile, keyFile] = [join(dist, `${name}.zip`), join(dist, `${name}.key`)]
  const key = sourceKey(dirname(entryPoint))
  if (existsSync(keyFile) && existsSync(zipFile) && readFileSync(keyFile, 'utf8') === key)
    return zipFile
  const bundle = join(dist, name, 'index.mjs')
  mkdirSync(dirname(bundle), { recursive: true })
  build({ entryPoint, external, bundle, zipFile })
  write(keyFile, key)
  return zipFile
}

/** Covers this file, the source, and the versions of the installed packages. */
function sourceKey(source) {
  const installed = join(__dirname, '../../node_modules/.package-lock.json')
  const files = [
    __filename,
    installed,
    credentials,
    ...readdirSync(source, { recursive: true })
      .filter((file) => /\.c?[jt]s$/.test(file))
      .sort()
      .map((file) => join(source, file)),
  ]
  const hash = createHash('sha256')
  for (const file of files) hash.update(basename(file)).update(readFileSync(file))
  return hash.digest('hex')
}

function build({ entryPoint, external, bundle, zipFile }) {
  const { buildSync } = require('esbuild')
  const { zipSync } = require('fflate')
  const folder = dirname(dirname(entryPoint))
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entryPoint],
    external,
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // The SDK's ES modules, from which unused code is left out: the function starts in half the time.
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': credentials },
    outfile: bundle,
    sourcemap: 'external',
    // Without this, the paths would depend on the folder of the repository.
    sourceRoot: '/',
    legalComments: 'none',
    // Some packages of the SDK are CommonJS, and require modules of Node.
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
    },
    metafile: true,
    write: false,
  })
  for (const { path, contents } of outputFiles) write(path, contents)
  const { contents } = outputFiles.find(({ path }) => path === bundle)
  // A zip holds local times: these are the same numbers in every time zone.
  const mtime = new Date(1980, 0, 1)
  const zip = zipSync({
    'index.mjs': [contents, { mtime, level: 9, os: 3, attrs: 0o644 << 16 }],
  })
  write(zipFile, zip)
  write(zipFile.replace(/zip$/, 'files.json'), JSON.stringify(filesIn(metafile, folder)))
}

/** The files that are in a bundle, relative to the repository. */
function filesIn({ outputs }, folder) {
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => relative(join(__dirname, '../..'), join(folder, file)).replaceAll('\\', '/'))
    .sort()
}

/** Writes a file atomically, because the synthesis of another environment may read it at the same time. */
function write(path, contents) {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, contents)
  renameSync(unfinished, path)
}

if (require.main === module) {
  const { statSync } = require('node:fs')
  console.log(`dist/failover.zip: ${statSync(exports.buildZip()).size} bytes`)
}
