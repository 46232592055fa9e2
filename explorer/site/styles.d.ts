// A style sheet as a module, as explorer/scripts.py makes it.
declare module "*.css.js" {
  const styles: string;
  export default styles;
}
