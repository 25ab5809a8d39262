const { existsSync, readdirSync, readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')

/**
 * @typedef {import('./stack-facts.cjs').StackFacts} StackFacts
 * @typedef {import('nx/src/devkit-exports').TargetConfiguration} Target
 * @typedef {import('nx/src/devkit-exports').ProjectConfiguration} Project
 * @typedef {Record<string, Target>} Targets
 * @typedef {[file: string, result: { projects: Record<string, Partial<Project>> }]} Inferred
 */

const constructs = 'packages/constructs'

/**
 * Infers the projects of the workspace: one for each package.json, and one for each contract.
 *
 * @param {readonly string[]} manifests each package.json, relative to the workspace
 * @param {string} workspaceRoot
 * @param {StackFacts} facts
 * @returns {Inferred[]}
 */
exports.inferProjects = (manifests, workspaceRoot, facts) => [
  ...manifests.map(
    (manifest) =>
      /** @type {Inferred} */ ([
        manifest,
        { projects: { [dirname(manifest)]: inferProject(manifest, workspaceRoot, facts) } },
      ]),
  ),
  ...contractProjects(facts),
]

/**
 * Infers the targets of a project from the files in it, and its dependencies on contracts.
 *
 * @param {string} manifest its package.json, relative to the workspace
 * @param {string} workspaceRoot
 * @param {StackFacts} facts
 * @returns {Partial<Project>}
 */
function inferProject(manifest, workspaceRoot, facts) {
  const root = dirname(manifest)
  const folder = join(workspaceRoot, root)
  const {
    nx = {},
    dependencies = {},
    devDependencies = {},
  } = JSON.parse(readFileSync(join(workspaceRoot, manifest), 'utf8'))
  const contracts = contractsOf(nx.name, facts)
  const isStack = Object.hasOwn(facts.stacks, nx.name)
  const hasInfrastructure = existsSync(join(folder, 'cdktf.json'))
  /** @type {Targets} */
  const targets = {
    ...checks(root, folder, facts),
    ...(hasInfrastructure && infrastructure(facts)),
    ...(isStack && stackTargets(nx.name, facts)),
    ...(hasInfrastructure && !isStack && { bootstrap: bootstrap(facts) }),
  }
  const isTool =
    root.startsWith('tools/') && !hasInfrastructure && '@tideway/constructs' in dependencies
  const installed = Object.keys({ ...dependencies, ...devDependencies })
  return {
    targets,
    namedInputs: {
      ownDependencies: [
        { externalDependencies: installed.filter((name) => !name.startsWith('@tideway/')) },
      ],
    },
    // A tool may read every contract; a stack reads those that stacks.ts declares.
    implicitDependencies: (isTool ? Object.keys(facts.stacks) : contracts).map(contractProject),
  }
}

/**
 * Each contract is a project, so that a change of it affects its publisher and its readers only.
 *
 * @param {StackFacts} facts
 * @returns {Inferred[]}
 */
function contractProjects(facts) {
  return Object.keys(facts.stacks).map((name) => {
    const root = `${constructs}/src/contracts/${name}`
    const project = {
      root,
      name: contractProject(name),
      tags: [`scope:${name}`, 'type:contract'],
      metadata: { description: `Outputs that ${name} publishes for other stacks` },
    }
    return [`${root}/outputs.ts`, { projects: { [root]: project } }]
  })
}

/** @param {string} stack */
function contractProject(stack) {
  return `contract-${stack}`
}

/**
 * The contracts that a stack publishes and reads.
 *
 * @param {string} name
 * @param {StackFacts} facts
 */
function contractsOf(name, { stacks }) {
  const stack = stacks[name]
  return stack === undefined ? [] : [name, ...stack.reads]
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {StackFacts} facts
 * @returns {Targets}
 */
function checks(root, folder, { stacks }) {
  // Contracts are separate projects, which are checked with their package.
  const own =
    root === constructs
      ? ['default', { input: 'default', projects: Object.keys(stacks).map(contractProject) }]
      : ['default']
  const jest = 'jest --config ../../jest.config.cjs --rootDir .'
  const tests = existsSync(join(folder, 'test')) ? readdirSync(join(folder, 'test')) : []
  return {
    typecheck: {
      ...inProject('tsc', 'Checks the types'),
      cache: true,
      inputs: [...own, '^production', 'ownDependencies', { externalDependencies: ['typescript'] }],
    },
    lint: {
      executor: 'nx:run-commands',
      options: { command: 'biome check --error-on-warnings {projectRoot}' },
      metadata: { description: 'Checks format and style with Biome' },
      cache: true,
      inputs: [
        ...own,
        '{workspaceRoot}/biome.jsonc',
        '{workspaceRoot}/.gitignore',
        { externalDependencies: ['@biomejs/biome'] },
      ],
    },
    test: {
      ...inProject(jest, 'Runs the tests with Jest'),
      cache: true,
      inputs: [
        ...own,
        '^production',
        'ownDependencies',
        '{workspaceRoot}/jest.config.cjs',
        '{workspaceRoot}/jest.environment.cjs',
        '{workspaceRoot}/jest.properties.cjs',
        '{workspaceRoot}/jest.runtime.cjs',
        '{workspaceRoot}/tools/terraform/src/fast-synthesis.cjs',
        ...['TIDEWAY_SEED', 'TIDEWAY_CASES', 'TIDEWAY_PATH'].map((env) => ({ env })),
        { externalDependencies: ['@swc/core', '@swc/jest', 'fast-check', 'jest'] },
      ],
    },
    ...(tests.some((file) => file.endsWith('.browser.ts')) && {
      browser: inProject(
        `${jest} --testMatch '<rootDir>/test/**/*.browser.ts'`,
        'Tests the pages in Chromium, which the variable CHROMIUM names',
      ),
    }),
  }
}

/**
 * @param {StackFacts} facts
 * @returns {Targets}
 */
function infrastructure(facts) {
  return {
    synth: {
      ...perEnvironment(
        'node --require tsx/cjs src/main.ts',
        'Writes the Terraform JSON to cdktf.out/<environment>',
        facts,
        { defaultEnvironment: 'dev' },
      ),
      cache: true,
      inputs: ['production', '^deployed', 'chosenEnvironment', { env: 'TIDEWAY_EXAMPLES' }],
      outputs: ['TIDEWAY_ENV', 'TIDEWAY_DEFAULT_ENV'].map(
        (variable) => `{projectRoot}/cdktf.out/{options.env.${variable}}`,
      ),
    },
    validate: {
      ...perEnvironment(
        terraform('validate'),
        'Synthesizes and runs terraform validate, without credentials',
        facts,
        { defaultEnvironment: 'dev' },
      ),
      cache: true,
      inputs: [
        'production',
        '^deployed',
        'chosenEnvironment',
        '{workspaceRoot}/tools/terraform/src/**/*',
        { runtime: 'terraform version' },
      ],
    },
  }
}

/**
 * A deploy waits for every stack upstream, not only the next: Nx loses the order across a stack that is not affected.
 *
 * @param {string} name
 * @param {StackFacts} facts
 * @returns {Targets}
 */
function stackTargets(name, facts) {
  const names = Object.keys(facts.stacks)
  const upstream = upstreamOf(name, facts)
  const downstream = names.filter((other) => upstreamOf(other, facts).has(name))
  const inputs = ['production', '^deployed']
  return {
    plan: {
      ...perEnvironment(
        terraform('plan'),
        'Writes and shows a plan: .tf/<environment>/plan.tfplan',
        facts,
        { defaultEnvironment: 'dev' },
      ),
      inputs,
    },
    deploy: {
      ...perEnvironment(
        terraform('deploy'),
        'Plans and applies that plan. Needs -c <environment>; deploys no stack that was not requested',
        facts,
      ),
      inputs,
      dependsOn: names.filter((other) => upstream.has(other)).map((other) => `${other}:deploy`),
    },
    destroy: {
      ...perEnvironment(
        terraform('destroy'),
        'Destroys the stack. Needs -c <environment>, and --confirm=<environment> where data is protected',
        facts,
      ),
      inputs,
      dependsOn: downstream.reverse().map((other) => `${other}:destroy`),
    },
  }
}

/**
 * @param {string} name
 * @param {StackFacts} facts
 * @returns {Set<string>}
 */
function upstreamOf(name, facts) {
  const reads = facts.stacks[name]?.reads ?? []
  return new Set(reads.flatMap((producer) => [...upstreamOf(producer, facts), producer]))
}

/** @param {StackFacts} facts */
function bootstrap(facts) {
  return perEnvironment(
    `${terraform('bootstrap')} && node --require tsx/cjs src/protect-github-main.ts`,
    'Creates the state bucket, its key, the CI roles and GitHub environments, once for each account',
    facts,
  )
}

/** @param {string} command */
function terraform(command) {
  return `node --require tsx/cjs ../../tools/terraform/src/main.ts ${command}`
}

/**
 * A command with one configuration for each environment. `-c` overrides TIDEWAY_ENV, which overrides the default.
 *
 * @param {string} command
 * @param {string} description
 * @param {StackFacts} facts
 * @param {{ defaultEnvironment?: string }} [options]
 * @returns {Target}
 */
function perEnvironment(command, description, { environments }, { defaultEnvironment } = {}) {
  const target = inProject(command, description)
  return {
    ...target,
    options: {
      ...target.options,
      ...(defaultEnvironment && { env: { TIDEWAY_DEFAULT_ENV: defaultEnvironment } }),
    },
    configurations: Object.fromEntries(
      environments.map((name) => [name, { env: { TIDEWAY_ENV: name } }]),
    ),
  }
}

/**
 * @param {string} command
 * @param {string} description
 * @returns {Target}
 */
function inProject(command, description) {
  return {
    executor: 'nx:run-commands',
    options: { cwd: '{projectRoot}', command },
    metadata: { description },
  }
}
