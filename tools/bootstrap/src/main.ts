import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { BootstrapStack } from './stack'

synthesizeApp(BootstrapStack, settings)
