/// The layer is header only; this file compiles all of it once, and uses each template.
#include <headrace/plugin.hpp>

namespace headrace {

template class ArrowOwner<ArrowSchema>;
template class ArrowOwner<ArrowArray>;

}  // namespace headrace
