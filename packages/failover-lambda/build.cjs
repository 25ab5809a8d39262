// Builds dist/failover.zip: the same source produces the same bytes on every machine.
const { mkdirSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { buildSync } = require('esbuild')
const { zipSync } = require('fflate')

const dist = join(__dirname, 'dist')

/** @type {string | undefined} */
let built

/** @returns {string} where the zip is: made once in a process */
exports.buildZip = () => {
  built ??= makeZip()
  return built
}

function makeZip() {
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, 'src/handler.ts')],
    absWorkingDir: __dirname,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    outfile: join(dist, 'index.mjs'),
    sourcemap: 'external',
    // Without this, the paths would depend on the folder of the repository.
    sourceRoot: '/',
    legalComments: 'none',
    // Some packages of the SDK are CommonJS, and require modules of Node.
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
    },
    write: false,
  })
  mkdirSync(dist, { recursive: true })
  for (const { path, contents } of outputFiles) write(path, contents)
  const bundle = outputFiles.find(({ path }) => path.endsWith('index.mjs'))
  // A zip holds local times: these are the same numbers in every time zone.
  const mtime = new Date(1980, 0, 1)
  const zip = zipSync({
    'index.mjs': [bundle.contents, { mtime, level: 9, os: 3, attrs: 0o644 << 16 }],
  })
  const place = join(dist, 'failover.zip')
  write(place, zip)
  return place
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
