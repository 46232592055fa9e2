// The texts of the widget's language, a module that explorer/widget/bundle.py makes.
import type { Catalogue } from "../components/language.js";

declare const texts: Catalogue;
export default texts;
