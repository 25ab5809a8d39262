import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { BootstrapStack } from './stack'

synthesizeApp(
  settings,
  (app, environment, ofEnvironment) =>
    new BootstrapStack(app, { environment, settings: ofEnvironment }),
)
