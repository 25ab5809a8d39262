import { isObject, type JsonObject, listIn, objectIn, textIn } from './json'

/** `[0]`, or `["name"]` with any brackets and quotes in the name. */
const key = /\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g

/** The regions of a plan: those of existing resources, and those of the providers in the code. */
export class Regions {
  /** The regions of existing resources, by their ARNs. */
  readonly used: ReadonlySet<string>
  private readonly byAddress = new Map<string, string>()

  constructor(plan: JsonObject) {
    const configuration = objectIn(plan, 'configuration')
    const providers = objectIn(configuration, 'provider_config')
    this.addModule(objectIn(configuration, 'root_module'), '', providers)
    const used = new Set<string>()
    regionsOfState(objectIn(objectIn(objectIn(plan, 'prior_state'), 'values'), 'root_module'), used)
    this.used = used
  }

  /** The region of a resource by its provider in the code. */
  of(address: string): string | undefined {
    return this.byAddress.get(address.replace(key, ''))
  }

  private addModule(module: JsonObject, prefix: string, providers: JsonObject): void {
    for (const resource of listIn(module, 'resources')) {
      const provider = objectIn(providers, textIn(resource, 'provider_config_key') ?? '')
      const region = objectIn(objectIn(provider, 'expressions'), 'region').constant_value
      if (typeof region === 'string') {
        this.byAddress.set(`${prefix}${textIn(resource, 'address')}`, region)
      }
    }
    for (const [name, call] of Object.entries(objectIn(module, 'module_calls'))) {
      this.addModule(objectIn(call, 'module'), `${prefix}module.${name}.`, providers)
    }
  }
}

function regionsOfState(module: JsonObject, found: Set<string>): void {
  for (const resource of listIn(module, 'resources')) {
    const [, , , region] = (textIn(objectIn(resource, 'values'), 'arn') ?? '').split(':')
    // A few ARNs of CloudFront have the account there.
    if (region && /[a-z]/.test(region)) found.add(region)
  }
  for (const child of listIn(module, 'child_modules')) {
    if (isObject(child)) regionsOfState(child, found)
  }
}
